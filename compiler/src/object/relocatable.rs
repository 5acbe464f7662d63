//! A relocatable object before it has a format: sections made of pieces, symbols, relocations. Filled by the steps of
//! [`super::write`], serialised by [`super::elf`].
//!
//! Pieces are in order and do not overlap; what lies between them is filled.

use super::debug::DebugKind;
use crate::symbols::{DataId, Symbol};
use std::borrow::Cow;

/// Sections and symbols.
#[derive(Default)]
pub(super) struct Relocatable<'data> {
    /// Sections; a kind occurs once.
    pub sections: Vec<Section<'data>>,
    /// Symbols that stand for a place in a section.
    pub symbols: Vec<DefinedSymbol<'data>>,
    /// Names of functions of the host that are bound at link time.
    pub linked: &'data [String],
    /// The program's header.
    pub program: Option<DataId>,
    /// Where in the text section data begins (`true`) or instructions do, in order; none where all is instructions.
    pub mapping: Vec<(u32, bool)>,
    /// Instructions that relocations name: bytes from the start of the text section.
    pub labels: Vec<u32>,
    /// Runtime functions referred to, in order of first use.
    pub externals: Vec<&'data str>,
    /// [`External`] numbers of the runtime functions seen so far.
    external_numbers: Vec<(Symbol, External)>,
}

/// What a section holds; its name and flags follow from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub(super) enum SectionKind {
    /// Machine code.
    Text,
    /// [`wasmaot_abi::program::FunctionRow`]s.
    Functions,
    /// [`wasmaot_abi::program::TrapRow`]s.
    Traps,
    /// Sites.
    Sites,
    /// Function names.
    Names,
    /// Source lines.
    Lines,
    /// Grants.
    Grants,
    /// What the program says about itself; not loaded.
    Info,
    /// Constants without pointers.
    ReadOnly,
    /// Unwind information.
    Unwind,
    /// Windows: which unwind information each function has.
    UnwindTable,
    /// Constants with pointers.
    ReadOnlyRelocated,
    /// Variables.
    Data,
    /// Initial memory content.
    Image,
    /// Zero variables.
    Zero,
    /// Extensions of RISC-V that the code uses; not loaded.
    Attributes,
    /// Debug information; not loaded.
    Debug(DebugKind),
}

/// One section.
pub(super) struct Section<'data> {
    /// What it holds.
    pub kind: SectionKind,
    /// Bytes, a power of two.
    pub align: u64,
    /// Bytes.
    pub size: u64,
    /// Byte between pieces.
    pub fill: u8,
    /// Content, by offset. Empty for [`SectionKind::Zero`].
    pub pieces: Vec<Piece<'data>>,
    /// Places to patch, by offset.
    pub relocations: Vec<Relocation>,
}

/// Content of a section from an offset on.
pub(super) struct Piece<'data> {
    /// Bytes from the section's start.
    pub offset: u64,
    /// Content.
    pub bytes: Cow<'data, [u8]>,
}

/// A place to patch at link or load time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relocation {
    /// Bytes from the section's start.
    pub offset: u32,
    /// How.
    pub kind: RelocationKind,
    /// With the address of what.
    pub target: RelocationTarget,
    /// Plus what.
    pub addend: i64,
}

/// How a relocation is applied. A format maps these to its numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RelocationKind {
    /// 8 bytes: S + A.
    Absolute64,
    /// 4 bytes: S + A - P.
    Relative32,
    /// 8 bytes: S + A - P.
    Relative64,
    /// 4 bytes: S + A - P, in a call or jump of x86.
    X86Call,
    /// 26 bits of a `bl`: (S + A - P) / 4.
    Aarch64Call,
    /// 26 bits of a `b`: (S + A - P) / 4.
    Aarch64Jump,
    /// 21 bits of an `adrp`: page of S + A, minus page of P.
    Aarch64Page,
    /// 12 bits of an `add`: S + A within its page.
    Aarch64PageOffset,
    /// `auipc` and `jalr`: S + A - P.
    RiscvCall,
    /// 20 bits of an `auipc`: the upper part of S + A - P.
    RiscvHigh,
    /// 12 bits of an `addi`: the lower part of what the `auipc` at the target, a label, is relocated with.
    RiscvLow,
    /// 4 bytes: S + A - start of the image (COFF only).
    ImageRelative32,
    /// 4 bytes: S + A - start of the section that S is in, which is not loaded.
    Section32,
}

/// Number of a runtime function in [`Relocatable::externals`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct External(pub u32);

/// What a relocation refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RelocationTarget {
    /// Start of a section; the addend says where in it.
    Section(SectionKind),
    /// A runtime function.
    External(External),
    /// An instruction that a relocation of another one must name.
    Label(Label),
}

/// Number of a label in [`Relocatable::labels`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Label(pub u32);

/// A named place in a section.
pub(super) struct DefinedSymbol<'data> {
    /// Link name.
    pub name: Cow<'data, str>,
    /// Section.
    pub section: SectionKind,
    /// Bytes from the section's start.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
    /// Code, not data.
    pub function: bool,
    /// Visible to the runtime.
    pub global: bool,
}

impl<'data> Relocatable<'data> {
    /// Number of a function of others, a new one at its first use. The runtime has some eighty; most programs use ten.
    pub fn external(&mut self, symbol: Symbol, name: &'data str) -> External {
        if let Some((_, number)) = self.external_numbers.iter().find(|(known, _)| *known == symbol) {
            return *number;
        }
        let number = self.bound(name);
        self.external_numbers.push((symbol, number));
        number
    }

    /// Number of a function of the host, to which there is one reference only.
    pub fn bound(&mut self, name: &'data str) -> External {
        self.externals.push(name);
        External(self.externals.len() as u32 - 1)
    }

    /// A new label.
    pub fn label(&mut self, offset: u32) -> RelocationTarget {
        self.labels.push(offset);
        RelocationTarget::Label(Label(self.labels.len() as u32 - 1))
    }
}

impl<'data> Section<'data> {
    /// An empty section.
    pub fn new(kind: SectionKind, align: u64) -> Section<'data> {
        Section { kind, align, size: 0, fill: 0, pieces: Vec::new(), relocations: Vec::new() }
    }

    /// A section of one piece.
    pub fn of_bytes(kind: SectionKind, align: u64, bytes: Vec<u8>) -> Section<'data> {
        let size = bytes.len() as u64;
        let pieces = vec![Piece { offset: 0, bytes: Cow::Owned(bytes) }];
        Section { size, pieces, ..Section::new(kind, align) }
    }
}
