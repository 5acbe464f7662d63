//! Writes `repr(C)` structures of the abi as bytes and relocations.

use crate::object::{DataBytes, DataObject, DataRelocation, DataRelocationKind, Section};
use crate::symbols::Symbol;

/// Bytes under construction, little-endian.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    relocations: Vec<DataRelocation>,
}

impl Writer {
    /// Appends four bytes.
    pub fn u32(&mut self, value: u32) -> &mut Writer {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    /// Appends eight bytes.
    pub fn u64(&mut self, value: u64) -> &mut Writer {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    /// Appends an address, or null.
    pub fn pointer(&mut self, target: Option<Symbol>) -> &mut Writer {
        self.pointer_at(target, 0)
    }

    /// Appends an address with an addend, or null.
    pub fn pointer_at(&mut self, target: Option<Symbol>, addend: i64) -> &mut Writer {
        if let Some(target) = target {
            let (offset, kind) = (self.bytes.len() as u32, DataRelocationKind::Absolute);
            self.relocations.push(DataRelocation { offset, kind, target, addend });
        }
        self.u64(0)
    }

    /// Appends four bytes: the target's address minus that of byte `from` of this object.
    pub fn relative(&mut self, target: Symbol, from: usize) -> &mut Writer {
        let offset = self.bytes.len() as u32;
        let addend = i64::from(offset) - from as i64;
        self.relocations.push(DataRelocation { offset, kind: DataRelocationKind::Relative32, target, addend });
        self.u32(0)
    }

    /// Appends bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Writer {
        self.bytes.extend(bytes);
        self
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Fills with zeros up to a multiple of `align`.
    pub fn align(&mut self, align: usize) -> &mut Writer {
        self.bytes.resize(self.bytes.len().next_multiple_of(align), 0);
        self
    }

    /// The finished object. Constants with absolute pointers go where such things go.
    pub fn finish<'data>(self, name: String, section: Section, align: u32) -> DataObject<'data> {
        let absolute = |relocation: &DataRelocation| relocation.kind == DataRelocationKind::Absolute;
        let section = match section {
            Section::ReadOnly if self.relocations.iter().any(absolute) => Section::ReadOnlyRelocated,
            section => section,
        };
        let bytes = DataBytes::Bytes(self.bytes.into());
        DataObject { name, global: false, section, align, bytes, relocations: self.relocations }
    }
}
