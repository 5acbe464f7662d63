//! Sections of debug information, made elsewhere ([`crate::debuginfo`]): bytes, and places in them that hold addresses
//! or offsets in other such sections. They are not loaded at run time.

use super::data::PlacedData;
use super::relocatable::{Relocatable, Relocation, RelocationKind, RelocationTarget, Section, SectionKind};
use super::text::{self, Text};
use crate::error::{Error, Result};
use crate::symbols::Symbol;
use std::borrow::Cow;

/// Which one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum DebugKind {
    Info,
    Abbrev,
    Line,
    Str,
    RngLists,
    LocLists,
    /// DWARF 4's.
    Ranges,
    /// DWARF 4's.
    Loc,
    /// Code that debuggers call; linkers keep it, and nothing else refers to it.
    Code,
}

/// One section.
#[derive(Debug)]
pub struct DebugSection {
    /// Which.
    pub kind: DebugKind,
    /// Its bytes, with zeros where there are fixups.
    pub bytes: Vec<u8>,
    /// Places to patch, by offset.
    pub fixups: Vec<Fixup>,
    /// C names of functions in it, for [`DebugKind::Code`]: name, first byte, bytes.
    pub functions: Vec<(Cow<'static, str>, u32, u32)>,
}

/// A place to patch.
#[derive(Clone, Copy, Debug)]
pub struct Fixup {
    /// Bytes from the section's start.
    pub offset: u32,
    /// With what.
    pub target: FixupTarget,
    /// Plus what.
    pub addend: i64,
}

/// What a place gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FixupTarget {
    /// 8 bytes: an address.
    Address(Symbol),
    /// 4 bytes: an offset in another section of debug information.
    Offset(DebugKind),
    /// 4 bytes: an address minus that of the place.
    Relative(Symbol),
}

/// Adds the sections.
pub(super) fn add<'data>(
    out: &mut Relocatable<'data>,
    sections: Vec<DebugSection>,
    text: &Text,
    data: &PlacedData<'_>,
) -> Result<()> {
    for DebugSection { kind, bytes, fixups, functions } in sections {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Error::unsupported("debug information of more than 4 GiB"));
        }
        let mut section =
            Section::of_bytes(SectionKind::Debug(kind), if kind == DebugKind::Code { 16 } else { 1 }, bytes);
        section.relocations.reserve_exact(fixups.len());
        for Fixup { offset, target, addend } in fixups {
            let (symbol, kind) = match target {
                FixupTarget::Offset(kind) => {
                    let target = RelocationTarget::Section(SectionKind::Debug(kind));
                    section.relocations.push(Relocation { offset, kind: RelocationKind::Section32, target, addend });
                    continue;
                }
                FixupTarget::Address(symbol) => (symbol, RelocationKind::Absolute64),
                FixupTarget::Relative(symbol) => (symbol, RelocationKind::Relative32),
            };
            let (target, more) = text::symbol_place(out, symbol, text, |id| data.place_of(id))
                .ok_or_else(|| Error::internal(format!("debug information refers to {symbol:?}")))?;
            section.relocations.push(Relocation { offset, kind, target, addend: addend + more });
        }
        for (name, offset, size) in functions {
            out.symbols.push(super::relocatable::DefinedSymbol {
                name,
                section: SectionKind::Debug(kind),
                offset: offset.into(),
                size: size.into(),
                function: true,
                global: false,
            });
        }
        out.sections.push(section);
    }
    Ok(())
}
