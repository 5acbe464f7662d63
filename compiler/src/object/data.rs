//! Data objects: where each stands in the section of its kind, and its pointers.

use super::relocatable::{
    DefinedSymbol, Piece, Relocatable, Relocation, RelocationKind, Section as OutputSection, SectionKind,
};
use super::text::{self, Text};
use super::{DataBytes, DataObject, DataRelocation, DataRelocationKind, Section};
use crate::error::{Error, Result};
use crate::symbols::DataId;
use crate::target::Target;
use std::borrow::Cow;
use wasmaot_abi::program::PROGRAM_SYMBOL;

/// Data objects with their places, and the sections they fill.
pub(super) struct PlacedData<'data> {
    /// Objects.
    objects: Vec<DataObject<'data>>,
    /// Section and byte offset of each object.
    places: Vec<(SectionKind, u64)>,
    /// Sections so far, without their content.
    sections: Vec<OutputSection<'data>>,
    /// Bytes of the largest page of the target.
    page: u64,
    /// Relocations of the program header.
    header_relocations: Vec<Relocation>,
}

impl PlacedData<'_> {
    /// Section and byte offset of an object.
    pub fn place_of(&self, id: DataId) -> Option<(SectionKind, u64)> {
        self.places.get(id.0 as usize).copied()
    }
}

/// Gives every object a place.
pub(super) fn place<'data>(objects: Vec<DataObject<'data>>, target: &Target) -> Result<PlacedData<'data>> {
    let places = Vec::with_capacity(objects.len());
    let mut placed = PlacedData {
        objects: Vec::new(),
        places,
        sections: Vec::new(),
        page: target.row()?.page_size,
        header_relocations: Vec::new(),
    };
    for object in &objects {
        if !object.align.is_power_of_two() {
            return Err(Error::internal(format!("data {:?}: alignment {}", object.name, object.align)));
        }
        let place = placed.reserve(kind(object.section), u64::from(object.align), object.bytes.len());
        placed.places.push(place);
    }
    placed.objects = objects;
    Ok(placed)
}

impl PlacedData<'_> {
    /// Takes room in a section.
    fn reserve(&mut self, kind: SectionKind, align: u64, size: u64) -> (SectionKind, u64) {
        let number = self.sections.iter().position(|section| section.kind == kind).unwrap_or_else(|| {
            self.sections.push(OutputSection::new(kind, 1));
            self.sections.len() - 1
        });
        let section = &mut self.sections[number];
        let (align, granule) = if kind == SectionKind::Image { (align.max(self.page), self.page) } else { (align, 1) };
        let offset = section.size.next_multiple_of(align);
        section.align = section.align.max(align);
        section.size = offset + size.next_multiple_of(granule);
        (kind, offset)
    }

    /// Adds the program header, which is known only when all else is placed.
    pub fn push_header(&mut self, bytes: Vec<u8>, relocations: Vec<Relocation>, global: bool) {
        let (section, offset) = self.reserve(SectionKind::ReadOnlyRelocated, 8, bytes.len() as u64);
        self.places.push((section, offset));
        self.objects.push(DataObject {
            name: PROGRAM_SYMBOL.to_owned(),
            global,
            section: Section::ReadOnlyRelocated,
            align: 8,
            bytes: DataBytes::Bytes(Cow::Owned(bytes)),
            relocations: Vec::new(),
        });
        self.header_relocations = relocations;
        for relocation in &mut self.header_relocations {
            relocation.offset += offset as u32;
        }
    }
}

/// Adds all data sections, with symbols for the global objects and, unless stripped, the others.
pub(super) fn add<'data>(
    out: &mut Relocatable<'data>,
    placed: PlacedData<'data>,
    text: &Text,
    strip: bool,
) -> Result<()> {
    let PlacedData { objects, places, mut sections, header_relocations, .. } = placed;
    for (object, &(kind, offset)) in objects.into_iter().zip(&places) {
        let fail = |what: &str| Error::internal(format!("data {:?}: {what}", object.name));
        let section =
            sections.iter_mut().find(|section| section.kind == kind).ok_or_else(|| fail("it has no section"))?;
        let size = object.bytes.len();
        let before = section.pieces.len();
        match object.bytes {
            DataBytes::Bytes(bytes) if bytes.is_empty() => {}
            DataBytes::Bytes(bytes) => section.pieces.push(Piece { offset, bytes }),
            DataBytes::Parts(_, parts) => section.pieces.extend(
                parts.into_iter().map(|(at, bytes)| Piece { offset: offset + at, bytes: Cow::Borrowed(bytes) }),
            ),
            DataBytes::Zero(_) => {}
        }
        if kind == SectionKind::Zero && section.pieces.len() > before {
            return Err(fail("content in the section of zeros"));
        }
        for relocation in &object.relocations {
            let left = relocate(out, relocation, offset, size, text, &places)
                .ok_or_else(|| fail(&format!("cannot relocate {relocation:?}")))?;
            section.relocations.push(left);
        }
        // Objects that moved to the instance's block have left nothing.
        if object.global || (!strip && kind != SectionKind::Info && size > 0) {
            out.symbols.push(DefinedSymbol {
                name: Cow::Owned(object.name),
                section: kind,
                offset,
                size,
                function: false,
                global: object.global,
            });
        }
    }
    if let Some(section) = sections.iter_mut().find(|section| section.kind == SectionKind::ReadOnlyRelocated) {
        section.relocations.extend(header_relocations);
    }
    out.sections.append(&mut sections);
    Ok(())
}

/// The relocation of a section that a relocation of an object becomes; none if it is not in the object or its target
/// does not exist.
fn relocate(
    out: &mut Relocatable<'_>,
    relocation: &DataRelocation,
    object: u64,
    object_size: u64,
    text: &Text,
    places: &[(SectionKind, u64)],
) -> Option<Relocation> {
    let (kind, size) = match relocation.kind {
        DataRelocationKind::Absolute => (RelocationKind::Absolute64, 8),
        DataRelocationKind::Relative32 => (RelocationKind::Relative32, 4),
    };
    if u64::from(relocation.offset) + size > object_size {
        return None;
    }
    let offset = u32::try_from(object + u64::from(relocation.offset)).ok()?;
    let (target, more) = text::symbol_place(out, relocation.target, text, |id| places.get(id.0 as usize).copied())?;
    Some(Relocation { offset, kind, target, addend: relocation.addend.checked_add(more)? })
}

/// The output section of a kind of data.
fn kind(section: Section) -> SectionKind {
    match section {
        Section::ReadOnly => SectionKind::ReadOnly,
        Section::ReadOnlyRelocated => SectionKind::ReadOnlyRelocated,
        Section::Data => SectionKind::Data,
        Section::Zero => SectionKind::Zero,
        Section::Image => SectionKind::Image,
        Section::Grants => SectionKind::Grants,
        Section::Info => SectionKind::Info,
    }
}
