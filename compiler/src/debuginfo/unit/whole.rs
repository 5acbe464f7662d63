//! Variables with pointers in them, as lldb sees them in Rust: `&str`, slices, structures, arrays of such. lldb cannot follow a pointer in
//! memory 0, but a variable can be put together from pieces, and a piece can be computed: so it is one of a type that has
//! native pointers. gdb, which can follow them, sees it where it is, and can assign to it.
//!
//! One entry serves both, as in [`super::pointers`].

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::location::{Expression, Location, Scope, Wanted};
use super::super::types::Shape;
use super::Copier;
use super::pointers::Made;
use gimli::constants::*;
use std::rc::Rc;

/// Most pieces of a variable.
const PIECES: usize = 32;

/// Deepest nesting of structures.
const DEPTH: usize = 16;

/// Where each part of a native type begins: all are aligned as a pointer is.
const ALIGNMENT: u64 = 8;

/// A part of a variable.
#[derive(Clone, Copy)]
struct Piece {
    /// Bytes from the start of the variable in memory 0.
    from: u64,
    /// Bytes; of a pointer, those of a native one.
    bytes: u64,
    kind: Kind,
}

/// What a part is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Pointer,
    /// Pointer to a function.
    Code,
}

/// A variant of an enumeration.
struct Variant {
    entry: usize,
    /// What it has.
    member: usize,
    /// Place and type of what tells the variant, and what it is then. The default has none.
    discriminant: Option<(u64, u32, u64)>,
}

/// The parts of a type, in order.
#[derive(Default)]
struct Pieces {
    list: Vec<Piece>,
}

impl Pieces {
    /// Bytes of all, each aligned.
    fn bytes(&self) -> u64 {
        self.list.iter().map(|piece| piece.bytes.next_multiple_of(ALIGNMENT)).sum()
    }

    /// Adds one; none: there are too many.
    fn add(&mut self, piece: Piece) -> Option<()> {
        self.list.push(piece);
        (self.list.len() <= PIECES).then_some(())
    }
}

impl<'a> Copier<'a, '_> {
    /// The location for lldb of a variable of such a type.
    pub(super) fn whole(&self, index: usize, scope: Option<&Scope<'_>>) -> Option<Location> {
        if !self.is_rust() {
            return None;
        }
        let value = self.tree.attribute(index, DW_AT_location)?;
        // It already has another.
        if self.completes(index) {
            return None;
        }
        let ty = self.tree.type_of(index)?;
        if !self.is_native(ty, 0) {
            return None;
        }
        let mut pieces = Pieces::default();
        self.pieces(ty, 0, &mut pieces, 0)?;
        if let Some(address) = self.locator.unlisted(value, Wanted::Address).filter(|_| scope.is_none()) {
            return self.put_together(&address, &pieces).map(Location::Expression);
        }
        match self.locator.translate(value, scope, Wanted::Address) {
            Location::None => None,
            Location::Expression(address) => self.put_together(&address, &pieces).map(Location::Expression),
            Location::List(rows) => {
                let put = |(start, end, address): (u32, u32, Rc<Expression>)| {
                    Some((start, end, Rc::new(self.put_together(&address, &pieces)?)))
                };
                Some(Location::List(rows.into_iter().filter_map(put).collect()))
            }
        }
    }

    /// Marks the place of a variable behind it.
    pub(super) fn write_place(&mut self, index: usize) {
        let key = (index as u32, Made::Place);
        let draft = self.draft(DW_TAG_dwarf_procedure);
        self.write(draft, key, false);
    }

    /// Writes what lldb takes for variables, at the end of the unit. They are in a function that does not exist: in another, they
    /// would be shown, too. For the scope of their names, lldb goes by what they are in, and where that leads to.
    pub(super) fn write_whole(&mut self) {
        if self.whole.is_empty() {
            return;
        }
        let mut draft = self.draft(DW_TAG_subprogram);
        draft.flag(DW_AT_declaration);
        let mut base = Expression::default();
        base.buffer.u8(DW_OP_call_frame_cfa.0);
        draft.expression(DW_AT_frame_base, &base);
        self.write(draft, None, true);
        for (index, location, made) in std::mem::take(&mut self.whole) {
            let entry = &self.tree.entries[index];
            let mut draft = self.draft(DW_TAG_dwarf_procedure);
            draft.reference(DW_AT_abstract_origin, (index as u32, Made::Place));
            self.write(draft, None, true);
            let mut draft = self.draft(entry.tag);
            if let Some(name) = self.tree.attribute(index, DW_AT_name) {
                let name = self.text(name);
                self.string(&mut draft, DW_AT_name, name);
            }
            if let Some(ty) = self.tree.type_of(index) {
                draft.reference(DW_AT_type, (ty, made));
            }
            self.location(&mut draft, DW_AT_location, location);
            self.write(draft, (index as u32, Made::Whole), false);
            self.out.info.u8(0);
        }
        self.out.info.u8(0);
    }

    /// The expression for all pieces of a variable at an address.
    fn put_together(&self, address: &Expression, pieces: &Pieces) -> Option<Expression> {
        let mut out = Expression::default();
        if !address.types.is_empty() {
            return None;
        }
        let mut at = 0_u64;
        let buffer = &mut out.buffer;
        for piece in &pieces.list {
            let start = at.next_multiple_of(ALIGNMENT);
            if start > at {
                buffer.u8(DW_OP_piece.0);
                buffer.uleb(start - at);
            }
            buffer.append(&address.buffer);
            if piece.from > 0 {
                buffer.u8(DW_OP_plus_uconst.0);
                buffer.uleb(piece.from);
            }
            if piece.kind != Kind::Number {
                self.load_pointer(buffer, piece.kind == Kind::Code, &address.buffer)?;
            }
            buffer.u8(DW_OP_piece.0);
            buffer.uleb(piece.bytes);
            at = start + piece.bytes;
        }
        Some(out)
    }

    /// Whether a thing of a type has pointers that can be made native: in structures, enumerations and arrays of such.
    fn is_native(&self, ty: u32, depth: usize) -> bool {
        if let Some(known) = self.native.borrow().get(&ty) {
            return *known;
        }
        let answer = self.has_native_parts(ty, depth);
        self.native.borrow_mut().insert(ty, answer);
        answer
    }

    fn has_native_parts(&self, ty: u32, depth: usize) -> bool {
        let Some(index) = self.tree.resolve(ty).filter(|_| depth < DEPTH) else { return false };
        match self.tree.entries[index].tag {
            DW_TAG_structure_type => {
                let native = |child| {
                    let ty = self.tree.type_of(child);
                    ty.is_some_and(|ty| self.is_pointer(ty) || self.is_native(ty, depth + 1))
                };
                match self.variants(index) {
                    Some(variants) => variants.iter().any(|variant| native(variant.member)),
                    None => {
                        self.members(index).is_some_and(|members| members.iter().any(|(member, ..)| native(*member)))
                    }
                }
            }
            DW_TAG_array_type => {
                let element = self.tree.type_of(index);
                element.is_some_and(|ty| self.is_native(ty, depth + 1) || self.is_pointer(ty))
                    && self.count(index).is_some()
            }
            _ => false,
        }
    }

    fn is_pointer(&self, ty: u32) -> bool {
        self.is_followed(self.tree.shape(ty))
    }

    /// Elements of an array of one dimension.
    pub(super) fn count(&self, array: usize) -> Option<u64> {
        let mut dimensions = self.tree.children(array);
        let dimension = dimensions.next().filter(|_| dimensions.next().is_none())?;
        self.tree.length(dimension)
    }

    /// The variants of an enumeration; none of another structure.
    fn variants(&self, structure: usize) -> Option<Vec<Variant>> {
        let tag = |child: usize| self.tree.entries[child].tag;
        let mut children = self.tree.children(structure);
        let part = children.find(|child| tag(*child) == DW_TAG_variant_part)?;
        let discriminant = self.tree.attribute(part, DW_AT_discr).and_then(|discr| {
            let member = self.tree.target(discr)?;
            let place = self.tree.attribute(member, DW_AT_data_member_location)?.udata_value()?;
            Some((place, self.tree.type_of(member)?))
        });
        let variants = self.tree.children(part).filter(|child| tag(*child) == DW_TAG_variant);
        let variant = |entry| {
            let number = self.tree.attribute(entry, DW_AT_discr_value);
            let number = number.and_then(|value| value.udata_value().or(value.sdata_value().map(|value| value as u64)));
            let member = self.tree.children(entry).find(|child| tag(*child) == DW_TAG_member)?;
            let discriminant = discriminant.and_then(|(place, ty)| Some((place, ty, number?)));
            Some(Variant { entry, member, discriminant })
        };
        variants.map(variant).collect()
    }

    /// Members of a structure: entry, offset, type; by offset.
    fn members(&self, structure: usize) -> Option<Vec<(usize, u64, u32)>> {
        let members = self.tree.children(structure).filter(|child| self.tree.entries[*child].tag == DW_TAG_member);
        let members = members.filter(|child| !self.tree.is_static(*child));
        let member = |child| {
            let place = self.tree.attribute(child, DW_AT_data_member_location)?.udata_value()?;
            Some((child, place, self.tree.type_of(child)?))
        };
        let mut members = members.map(member).collect::<Option<Vec<_>>>()?;
        members.sort_by_key(|(index, place, _)| (*place, *index));
        Some(members)
    }

    /// Bytes of a thing of a type in memory 0.
    fn wasm_size(&self, ty: u32, depth: usize) -> Option<u64> {
        let index = self.tree.resolve(ty).filter(|_| depth < DEPTH)?;
        match self.tree.entries[index].tag {
            _ if self.is_pointer(ty) => Some(self.unit.encoding().address_size.into()),
            DW_TAG_array_type => self.wasm_size(self.tree.type_of(index)?, depth + 1)?.checked_mul(self.count(index)?),
            _ => self.tree.size(ty),
        }
    }

    /// Adds the pieces of a thing of a type.
    fn pieces(&self, ty: u32, from: u64, pieces: &mut Pieces, depth: usize) -> Option<()> {
        if self.is_pointer(ty) {
            let is_code = matches!(self.tree.shape(ty), Shape::Code(_));
            return pieces.add(Piece { from, bytes: 8, kind: if is_code { Kind::Code } else { Kind::Pointer } });
        }
        let bytes = self.wasm_size(ty, depth)?;
        if !self.is_native(ty, depth) {
            return if bytes > 0 { pieces.add(Piece { from, bytes, kind: Kind::Number }) } else { Some(()) };
        }
        let index = self.tree.resolve(ty)?;
        if self.tree.entries[index].tag == DW_TAG_array_type {
            let element = self.tree.type_of(index)?;
            let stride = self.wasm_size(element, depth + 1)?;
            for number in 0..self.count(index)? {
                self.pieces(element, from.checked_add(number.checked_mul(stride)?)?, pieces, depth + 1)?;
            }
            return Some(());
        }
        if let Some(variants) = self.variants(index) {
            for variant in variants {
                self.variant_pieces(&variant, from, pieces, depth)?;
            }
            return Some(());
        }
        for (_, place, ty) in self.members(index)? {
            self.pieces(ty, from.checked_add(place)?, pieces, depth + 1)?;
        }
        Some(())
    }

    /// The same of a variant. It is beside the others, not over them.
    fn variant_pieces(&self, variant: &Variant, from: u64, pieces: &mut Pieces, depth: usize) -> Option<()> {
        if let Some((place, ty, _)) = variant.discriminant {
            let bytes = self.wasm_size(ty, depth)?;
            pieces.add(Piece { from: from.checked_add(place)?, bytes, kind: Kind::Number })?;
        }
        let place = self.tree.attribute(variant.member, DW_AT_data_member_location)?.udata_value()?;
        self.pieces(self.tree.type_of(variant.member)?, from.checked_add(place)?, pieces, depth + 1)
    }

    /// Bytes of the native form of a type: as many as its pieces have, each aligned.
    fn native_size(&self, ty: u32) -> u64 {
        let mut pieces = Pieces::default();
        self.pieces(ty, 0, &mut pieces, 0).map_or(0, |()| pieces.bytes())
    }

    /// The entry for a type of pieces.
    fn native_type(&self, ty: u32) -> (u32, Made) {
        (ty, if self.is_native(ty, 0) { Made::Native } else { Made::Plain })
    }

    /// Writes the variants of an enumeration, under the names that lldb gives them, and ends it.
    fn write_variants(&mut self, variants: &[Variant]) {
        let Some(first) = variants.first() else { return self.out.info.u8(0) };
        let all = (first.entry as u32, Made::Variants);
        self.part(b"$variants$", all, 0);
        self.out.info.u8(0);
        let sizes = variants.iter().map(|variant| {
            let mut pieces = Pieces::default();
            self.variant_pieces(variant, 0, &mut pieces, 0).map_or(0, |()| pieces.bytes())
        });
        let sizes: Vec<u64> = sizes.collect();
        self.begin_part(all, sizes.iter().sum());
        let key = |variant: &Variant| (variant.entry as u32, Made::Native);
        let mut place = 0;
        for (variant, bytes) in variants.iter().zip(&sizes) {
            let number = variant.discriminant.map_or(String::new(), |(_, _, number)| number.to_string());
            self.part(format!("$variant${number}").as_bytes(), key(variant), place);
            place += bytes;
        }
        self.out.info.u8(0);
        for (variant, bytes) in variants.iter().zip(&sizes) {
            self.begin_part(key(variant), *bytes);
            let mut place = 0;
            if let Some((_, ty, _)) = variant.discriminant {
                self.part(b"$discr$", (ty, Made::Plain), 0);
                place = ALIGNMENT;
            }
            if let Some(ty) = self.tree.type_of(variant.member) {
                self.part(b"value", self.native_type(ty), place);
            }
            self.out.info.u8(0);
        }
    }

    /// Writes a member.
    fn part(&mut self, name: &[u8], ty: (u32, Made), place: u64) {
        let mut draft = self.draft(DW_TAG_member);
        self.string(&mut draft, DW_AT_name, name);
        draft.reference(DW_AT_type, ty);
        draft.number(DW_AT_data_member_location, place);
        self.write(draft, None, false);
    }

    /// Begins a structure without a name.
    fn begin_part(&mut self, key: (u32, Made), bytes: u64) {
        let mut draft = self.draft(DW_TAG_structure_type);
        draft.number(DW_AT_byte_size, bytes);
        self.write(draft, key, true);
    }

    /// Writes the native form of a structure or an array.
    pub(super) fn native(&mut self, ty: u32) {
        let Some(index) = self.tree.resolve(ty) else { return };
        let tag = self.tree.entries[index].tag;
        let mut draft = self.draft(tag);
        if tag == DW_TAG_array_type {
            if let Some(element) = self.tree.type_of(index) {
                draft.reference(DW_AT_type, self.native_type(element));
            }
            self.write(draft, (ty, Made::Native), true);
            let mut draft = self.draft(DW_TAG_subrange_type);
            draft.number(DW_AT_lower_bound, 0);
            draft.number(DW_AT_count, self.count(index).unwrap_or(0));
            self.write(draft, None, false);
            self.out.info.u8(0);
            return;
        }
        let name = self.path(index);
        self.string(&mut draft, DW_AT_name, name.as_bytes());
        draft.number(DW_AT_byte_size, self.native_size(ty));
        self.write(draft, (ty, Made::Native), true);
        // lldb names a structure by them.
        let parameters = self.tree.children(index).filter(|child| {
            matches!(self.tree.entries[*child].tag, DW_TAG_template_type_parameter | DW_TAG_template_value_parameter)
        });
        for parameter in parameters.collect::<Vec<_>>() {
            let mut draft = self.draft(self.tree.entries[parameter].tag);
            for (name, value) in self.tree.attributes(parameter) {
                self.copy(&mut draft, parameter, name, value, None);
            }
            self.write(draft, None, false);
        }
        if let Some(variants) = self.variants(index) {
            self.write_variants(&variants);
            return;
        }
        let mut place = 0;
        let mut members = Vec::new();
        for (member, _, ty) in self.members(index).unwrap_or_default() {
            members.push((member, place, ty));
            place += self.native_size(ty);
        }
        members.sort_unstable();
        for (member, place, ty) in members {
            let name = self.tree.attribute(member, DW_AT_name).map_or(&[][..], |name| self.text(name));
            self.part(name, self.native_type(ty), place);
        }
        self.out.info.u8(0);
    }
}
