//! `.eh_frame`: how to unwind each function, from what Cranelift says of it.
//!
//! One common information entry; gimli encodes the rest in batches, so that no table of all functions is ever held. The
//! code address of an entry is a PC-relative relocation.

use super::relocatable::{Relocatable, Relocation, RelocationKind, RelocationTarget, Section, SectionKind};
use super::text::Text;
use crate::codegen::CompiledFunction;
use crate::error::{Error, Result};
use crate::target::Target;
use cranelift_codegen::isa::unwind::UnwindInfo;
use gimli::write::{Address, CallFrameInstruction, CommonInformationEntry, EhFrame, EndianVec, FrameTable};
use gimli::{AArch64, Encoding, Format, LittleEndian, RiscV, X86_64};
use target_lexicon::{Architecture, BinaryFormat};

/// Functions that are encoded together.
const BATCH: usize = 256;

/// Bytes and relocations of the section.
pub(super) struct Unwind {
    bytes: Vec<u8>,
    relocations: Vec<Relocation>,
}

/// Builds the section, taking the unwind information out of the functions.
pub(super) fn build(functions: &mut [CompiledFunction], text: &Text, target: &Target) -> Result<Unwind> {
    let mut unwind = Unwind { bytes: Vec::new(), relocations: Vec::with_capacity(functions.len()) };
    if functions.iter().all(|function| function.unwind.is_none()) {
        return Ok(unwind);
    }
    let cie = common_entry(target)?;
    let kind = match target.triple.binary_format {
        BinaryFormat::Macho => RelocationKind::Relative64,
        _ => RelocationKind::Relative32,
    };
    let mut spans = text.spans();
    for batch in functions.chunks_mut(BATCH) {
        let mut table = FrameTable::default();
        let common = table.add_cie(cie.clone());
        let mut starts = Vec::with_capacity(BATCH);
        for (function, (start, _)) in batch.iter_mut().zip(&mut spans) {
            match function.unwind.take() {
                Some(UnwindInfo::SystemV(info)) => {
                    let mut entry = info.to_fde(Address::Constant(0));
                    if let Some((from, place)) = function.kept {
                        entry.add_instruction(from, CallFrameInstruction::Offset(X86_64::R15, place));
                    }
                    table.add_fde(common, entry);
                    starts.push(start);
                }
                Some(_) => return Err(Error::internal("unwind information of another system")),
                None => {}
            }
        }
        let mut section = EhFrame(EndianVec::new(LittleEndian));
        table.write_eh_frame(&mut section).map_err(|error| Error::internal(format!(".eh_frame: {error}")))?;
        unwind.append(section.slice(), &starts, kind)?;
    }
    Ok(unwind)
}

/// Adds the section.
pub(super) fn add(out: &mut Relocatable<'_>, unwind: Unwind) {
    if !unwind.relocations.is_empty() {
        let mut section = Section::of_bytes(SectionKind::Unwind, 8, unwind.bytes);
        section.relocations = unwind.relocations;
        out.sections.push(section);
    }
}

impl Unwind {
    /// Appends a batch: its common entry only if it is the first, and its other entries, one for each start, made to
    /// point at the first common entry and, with a relocation of this kind, at their functions.
    fn append(&mut self, batch: &[u8], starts: &[u32], kind: RelocationKind) -> Result<()> {
        let mut starts = starts.iter();
        let mut rest = batch;
        while !rest.is_empty() {
            let (entry, tail) = split_entry(rest).ok_or_else(|| Error::internal("malformed .eh_frame batch"))?;
            rest = tail;
            if entry[4..8] == [0; 4] {
                if self.bytes.is_empty() {
                    self.bytes.extend_from_slice(entry);
                }
                continue;
            }
            let at = u32::try_from(self.bytes.len())
                .ok()
                .filter(|at| *at <= i32::MAX as u32)
                .ok_or_else(|| Error::unsupported("unwind information of more than 2 GiB"))?;
            let start = starts.next().ok_or_else(|| Error::internal(".eh_frame entry without a function"))?;
            self.bytes.extend_from_slice(&entry[..4]);
            self.bytes.extend_from_slice(&(at + 4).to_le_bytes());
            let width = if kind == RelocationKind::Relative64 { 8 } else { 4 };
            self.bytes.resize(self.bytes.len() + width, 0);
            self.bytes.extend_from_slice(&entry[8 + width..]);
            self.relocations.push(Relocation {
                offset: at + 8,
                kind,
                target: RelocationTarget::Section(SectionKind::Text),
                addend: i64::from(*start),
            });
        }
        Ok(())
    }
}

/// The first entry of a section, with its length field, and what follows.
fn split_entry(section: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(section.get(..4)?.try_into().ok()?) as usize;
    section.split_at_checked(4 + length).filter(|(entry, _)| entry.len() >= 16)
}

/// The common entry: registers at a function's first instruction.
fn common_entry(target: &Target) -> Result<CommonInformationEntry> {
    let encoding = Encoding { address_size: 8, format: Format::Dwarf32, version: 1 };
    let mut entry = match target.triple.architecture {
        Architecture::X86_64 => {
            let mut entry = CommonInformationEntry::new(encoding, 1, -8, X86_64::RA);
            entry.add_instruction(CallFrameInstruction::Cfa(X86_64::RSP, 8));
            entry.add_instruction(CallFrameInstruction::Offset(X86_64::RA, -8));
            entry
        }
        // The return address is in a register at first.
        Architecture::Aarch64(_) => {
            let mut entry = CommonInformationEntry::new(encoding, 4, -8, AArch64::X30);
            entry.add_instruction(CallFrameInstruction::Cfa(AArch64::SP, 0));
            entry
        }
        Architecture::Riscv64(_) => {
            let mut entry = CommonInformationEntry::new(encoding, 2, -8, RiscV::RA);
            entry.add_instruction(CallFrameInstruction::Cfa(RiscV::SP, 0));
            entry
        }
        architecture => {
            return Err(Error::unsupported(format!("{}: no unwind information for {architecture}", target.name)));
        }
    };
    // What the linkers of macOS expect there is 8 bytes.
    let width = match target.triple.binary_format {
        BinaryFormat::Macho => gimli::DW_EH_PE_absptr,
        _ => gimli::DW_EH_PE_sdata4,
    };
    entry.fde_address_encoding = gimli::DwEhPe(gimli::DW_EH_PE_pcrel.0 | width.0);
    Ok(entry)
}
