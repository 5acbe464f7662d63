//! Entries that the source has not: what stands for a pointer in memory, for gdb and for lldb, and structures and arrays
//! that have such. The second half of [`Copier`]: an entry is made when something refers to it.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::location;
use super::super::location::Expression;
use super::super::sections::Buffer;
use super::super::types::{Form, Shape};
use super::{Copier, Draft, captured};
use gimli::DwTag;
use gimli::constants::*;

/// An entry of the output.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Made {
    /// That of the source.
    Plain,
    /// The same, by its offset in the unit.
    At,
    /// A pointer in a structure, a name: of [`Made::Target`] for gdb, of [`Made::Wrapper`] for lldb.
    Member,
    /// The same, of one that is so many bytes before the place that gdb is told ([`Copier::stretch`]).
    Last(u32),
    /// A reference to a number in a structure, a name of [`Made::Referred`]: gdb takes it for the number itself. It is so many bytes
    /// before the place that gdb is told ([`Copier::number_place`]).
    Number(i32),
    /// The type of such a number.
    Referred,
    /// A pointer of a slice: as a member, to elements of an array.
    Slice,
    /// A pointer in an array, a name: of [`Made::Short`] or [`Made::Reference`], and [`Made::Wrapper`]; or a structure with such.
    Element,
    /// What lldb takes from the two: a name of [`Made::Wrapper`].
    ForLldb,
    /// An array without elements, of what the pointer points to.
    Target,
    /// A pointer or reference of 4 bytes to [`Made::Shifted`].
    Short,
    /// The pointer to a table of virtual methods in a class: one of 4 bytes, without a name, as gdb expects, to what it cannot follow.
    Table,
    /// A type whose things are at a wasm address.
    Shifted,
    /// A pointer in a structure that is at a wasm address; of one that is so many bytes before, as [`Made::Last`].
    ShiftedMember(u32),
    /// A reference of 4 bytes to [`Made::Located`].
    Reference,
    /// As [`Made::Target`], with the address computed from the wasm one.
    Located,
    /// What lldb takes for a member in Rust.
    Ghost,
    /// What stands for a virtual base: a class with nothing in it.
    VirtualBase,
    /// A class with the name of another type, to which debuggers convert nothing.
    Passed,
    /// A reference: what a function returns in memory.
    InMemory,
    /// What lldb takes for a variable that has pointers in it ([`super::whole`]).
    Whole,
    /// Where that is to be found by its name.
    Place,
    /// The type of such.
    Native,
    /// A part of that.
    Variants,
    /// A result that lldb is not to show: a name, in lldb of [`Made::Unknown`].
    Result,
    /// A name of a type that nothing is known of.
    Unknown,
    /// A class of 4 bytes that converts to the native pointer.
    Wrapper,
    /// Pointer to that.
    WrapperPointer,
    /// Its base, which has no bytes but the methods that do so.
    Converter,
    /// That, as its methods see it: constants are followed, too.
    ConstConverter,
    /// Pointer to that.
    ConverterPointer,
    /// The methods' parameter.
    This(u16),
    /// A native pointer to a type.
    PointerTo,
    /// `long` of 8 bytes, or `unsigned long`.
    Long(bool),
    /// Floating-point numbers of 128 bits.
    Quad,
    /// `unsigned int`
    Unsigned,
    /// `unsigned long long`
    TwoWords,
    /// `void *`: an instance.
    Instance,
    /// What stands for an entry that does not exist.
    Missing,
}

/// What leads to a thing that is elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pointer {
    /// Its address in wasm is the address that debuggers have.
    Itself,
    /// What is so many bytes before it.
    At(i64),
    /// What is so many bytes before its address in wasm, which debuggers have.
    Shifted(u32),
}

impl Copier<'_, '_> {
    /// Makes an entry that the source has not.
    pub(super) fn make(&mut self, ty: u32, made: Made) {
        let key = (ty, made);
        let shape = self.tree.shape(ty);
        let short = self.unit.encoding().address_size.into();
        let target = match shape {
            Shape::Pointer(target) => target,
            Shape::Code(target) => Some(target),
            _ => None,
        };
        match made {
            Made::Element if shape == Shape::Record => self.record(ty),
            Made::Element if self.tree.qualified_name(ty) => {
                if let Some(inner) = self.tree.type_of(ty as usize) {
                    let mut draft = self.draft(self.tree.entries[ty as usize].tag);
                    draft.reference(DW_AT_type, (inner, Made::Element));
                    self.write(draft, key, false);
                }
            }
            Made::Slice => self.array(key, target, Some(Pointer::At(0))),
            Made::Member | Made::Number(_) | Made::Last(_) | Made::ShiftedMember(_) | Made::Element => {
                let mut draft = self.draft(DW_TAG_typedef);
                let name = match self.is_rust() {
                    true => self.rust_name(Some(ty), 0),
                    false => self.tree.name(self.context.source, self.unit, Some(ty)),
                };
                self.string(&mut draft, DW_AT_name, name.as_bytes());
                match made {
                    Made::Element if self.is_short(shape) => {
                        draft.reference(DW_AT_type, (ty, Made::Short));
                    }
                    Made::Member if self.is_short_member(ty, shape) => {
                        draft.reference(DW_AT_type, (ty, Made::Short));
                    }
                    Made::Element => draft.reference(DW_AT_type, (ty, Made::Reference)),
                    made => {
                        let number = target.filter(|_| matches!(made, Made::Number(_)));
                        let number = number.and_then(|target| self.tree.underlying(target));
                        let to = number.map_or((ty, Made::Target), |number| (number, Made::Referred));
                        draft.reference(DW_AT_type, to);
                        let pointer = match made {
                            Made::Last(before) => Pointer::At(before.into()),
                            Made::Number(before) => Pointer::At(before.into()),
                            Made::ShiftedMember(before) => Pointer::Shifted(before),
                            _ => Pointer::At(0),
                        };
                        self.data_location(&mut draft, shape, pointer);
                    }
                }
                draft.reference(DW_AT_abstract_origin, (ty, Made::ForLldb));
                self.write(draft, key, false);
            }
            Made::ForLldb => {
                let mut draft = self.draft(DW_TAG_typedef);
                let class = self.class_name(ty);
                self.string(&mut draft, DW_AT_name, class.as_bytes());
                draft.reference(DW_AT_type, (self.tree.unqualified(ty), Made::Wrapper));
                self.write(draft, key, false);
            }
            Made::Referred => self.located_copy(key, ty as usize, None),
            Made::Reference => self.pointer(key, DW_TAG_rvalue_reference_type, short, Some((ty, Made::Located))),
            Made::Short => {
                let tag = self.tree.resolve(ty).map_or(DW_TAG_pointer_type, |index| self.tree.entries[index].tag);
                self.pointer(key, tag, short, target.map(|target| (target, Made::Shifted)));
            }
            // To gdb, all pointers to one type have the same size.
            Made::Table => self.pointer(key, DW_TAG_pointer_type, short, Some((ty, Made::Unknown))),
            Made::Shifted => self.shifted(ty),
            Made::InMemory => self.pointer(key, DW_TAG_reference_type, 8, Some((ty, Made::Plain))),
            Made::Target => self.array(key, target, None),
            Made::Located => self.array(key, target, Some(Pointer::Itself)),
            Made::Ghost => {
                // A member must be in a structure.
                let draft = self.draft(DW_TAG_structure_type);
                self.write(draft, None, true);
                let mut draft = self.draft(DW_TAG_member);
                let member = ty as usize;
                if self.is_captured_this(member) {
                    self.string(&mut draft, DW_AT_name, captured::LLDB_THIS);
                }
                if let Some(ty) = self.tree.type_of(member) {
                    draft.reference(DW_AT_type, (self.tree.unqualified(ty), Made::Wrapper));
                }
                if let Some(place) = self.place_of_part(member).filter(|_| self.told(member).is_some()) {
                    draft.number(DW_AT_data_member_location, place);
                }
                self.write(draft, key, false);
                self.out.info.u8(0);
            }
            Made::VirtualBase => {
                let mut draft = self.draft(DW_TAG_structure_type);
                let name = format!("virtual {}", self.tree.name(self.context.source, self.unit, Some(ty)));
                self.string(&mut draft, DW_AT_name, name.as_bytes());
                draft.number(DW_AT_byte_size, 1);
                self.write(draft, key, false);
            }
            Made::Passed => {
                // gdb is not to find it by its name; it does not look in here.
                let draft = self.draft(DW_TAG_dwarf_procedure);
                self.write(draft, None, true);
                let mut draft = self.draft(DW_TAG_structure_type);
                let mut name = self.tree.name(self.context.source, self.unit, Some(ty));
                // To gdb, classes of the same name are the same.
                if !name.contains(['&', '*']) && !name.starts_with("const ") {
                    name.insert_str(0, "const ");
                }
                self.string(&mut draft, DW_AT_name, name.as_bytes());
                draft.number(DW_AT_byte_size, 1);
                self.write(draft, key, false);
                self.out.info.u8(0);
            }
            Made::Wrapper => self.wrapper(ty),
            Made::WrapperPointer => self.pointer(key, DW_TAG_pointer_type, 8, Some((ty, Made::Wrapper))),
            Made::Converter => self.converter(ty, target),
            Made::Long(signed) => {
                // gdb is to know the names for what they are in wasm; it does not look in here.
                let draft = self.draft(DW_TAG_dwarf_procedure);
                self.write(draft, None, true);
                self.number(key, if signed { b"long" } else { b"unsigned long" }, 8, signed);
                self.out.info.u8(0);
            }
            Made::PointerTo => self.pointer(key, DW_TAG_pointer_type, 8, Some((ty, Made::Plain))),
            Made::ConverterPointer => self.pointer(key, DW_TAG_pointer_type, 8, Some((ty, Made::ConstConverter))),
            Made::ConstConverter => {
                let mut draft = self.draft(DW_TAG_const_type);
                draft.reference(DW_AT_type, (ty, Made::Converter));
                self.write(draft, key, false);
            }
            Made::Quad => {
                let mut draft = self.draft(DW_TAG_base_type);
                self.string(&mut draft, DW_AT_name, b"_Float128");
                draft.number(DW_AT_encoding, DW_ATE_float.0.into());
                draft.number(DW_AT_byte_size, 16);
                self.write(draft, key, false);
            }
            Made::Unsigned => self.number(key, b"unsigned int", short, false),
            Made::TwoWords => self.number(key, b"unsigned long long", 2 * short, false),
            Made::Instance => self.pointer((0, Made::Instance), DW_TAG_pointer_type, 8, None),
            Made::Native => self.native(ty),
            Made::Result | Made::Unknown => {
                let mut draft = self.draft(DW_TAG_typedef);
                let name = match self.is_rust() {
                    true => self.path(ty as usize),
                    false => self.tree.name(self.context.source, self.unit, Some(ty)),
                };
                self.string(&mut draft, DW_AT_name, name.as_bytes());
                if made == Made::Result {
                    draft.reference(DW_AT_type, self.form(ty, Form::Element));
                    draft.reference(DW_AT_abstract_origin, (ty, Made::Unknown));
                } else {
                    draft.reference(DW_AT_type, (0, Made::Missing));
                }
                self.write(draft, key, false);
            }
            Made::Plain | Made::At | Made::Variants | Made::This(_) | Made::Whole | Made::Place | Made::Missing => {}
        }
    }

    /// A number of so many bytes.
    fn number(&mut self, key: (u32, Made), name: &[u8], bytes: u64, signed: bool) {
        let mut draft = self.draft(DW_TAG_base_type);
        self.string(&mut draft, DW_AT_name, name);
        let encoding = if signed { DW_ATE_signed } else { DW_ATE_unsigned };
        draft.number(DW_AT_encoding, encoding.0.into());
        draft.number(DW_AT_byte_size, bytes);
        self.write(draft, key, false);
    }

    /// A pointer or reference of so many bytes.
    fn pointer(&mut self, key: (u32, Made), tag: DwTag, bytes: u64, target: Option<(u32, Made)>) {
        let mut draft = self.draft(tag);
        draft.number(DW_AT_byte_size, bytes);
        target.into_iter().for_each(|target| draft.reference(DW_AT_type, target));
        self.write(draft, key, false);
    }

    /// An array without elements, which is to gdb what a pointer is: [`Made::Target`], [`Made::Located`], or, in Rust, where
    /// gdb looks at the element's size through no name, [`Made::Member`]; `pointer` is what leads
    /// to it, if it is elsewhere.
    fn array(&mut self, key: (u32, Made), target: Option<u32>, pointer: Option<Pointer>) {
        // What a reference to an array leads to is that to gdb.
        if let Some(array) = self.referred_array(key.0) {
            return self.located_copy(key, array, pointer);
        }
        let mut draft = self.draft(DW_TAG_array_type);
        // gdb takes the size of a pointer to this for that of an element; to read text, it takes the size of this.
        let is_byte = |ty| {
            let bytes = self.tree.attribute(ty as usize, DW_AT_byte_size);
            bytes.and_then(|bytes| bytes.udata_value()) == Some(1)
        };
        let is_text = key.1 == Made::Located && target.is_some_and(is_byte);
        let size = if is_text { 1 } else { self.unit.encoding().address_size };
        draft.number(DW_AT_byte_size, size.into());
        if let Some(target) = target {
            // An array of arrays would be one of two dimensions. Slices are printed as a whole.
            let form = match self.tree.shape(target) {
                shape if self.is_followed(shape) => Form::Element,
                _ if key.1 == Made::Slice => Form::Element,
                _ => Form::Member,
            };
            draft.reference(DW_AT_type, self.form(target, form));
        } else if let Some(index) = self.tree.resolve(key.0)
            && let Some(value) = self.tree.attribute(index, DW_AT_type)
        {
            self.foreign(&mut draft, DW_AT_type, value, Form::Member);
        }
        if let Some(pointer) = pointer {
            self.data_location(&mut draft, self.tree.shape(key.0), pointer);
        }
        self.write(draft, key, true);
        let mut draft = self.draft(DW_TAG_subrange_type);
        // Of constant length 0, gdb 13 cannot read one; of unknown length, it has an internal error where one is assigned. In Rust it
        // shows one that is known to have no elements as that.
        if !self.is_rust() {
            let mut none = Expression::default();
            none.buffer.u8(DW_OP_lit0.0);
            draft.expression(DW_AT_count, &none);
        }
        self.write(draft, None, false);
        self.out.info.u8(0);
    }

    /// A type as in the source, whose address is computed to gdb: by a reference to this type, if there is one.
    fn located_copy(&mut self, key: (u32, Made), index: usize, pointer: Option<Pointer>) {
        let tree = self.tree;
        let mut draft = self.draft(tree.entries[index].tag);
        for (name, value) in tree.attributes(index) {
            self.copy(&mut draft, index, name, value, None);
        }
        match pointer {
            Some(pointer) => self.data_location(&mut draft, tree.shape(key.0), pointer),
            // gdb 13 computes the address that a name of a type has only if that of the type is computed, too. This counts for nothing.
            None => {
                let mut unused = Expression::default();
                unused.buffer.u8(DW_OP_push_object_address.0);
                draft.expression(DW_AT_data_location, &unused);
            }
        }
        let has_children = tree.children(index).next().is_some();
        self.write(draft, key, has_children);
        if has_children {
            tree.children(index).for_each(|child| self.entry(child, None));
            self.out.info.u8(0);
        }
    }

    /// Says that a thing of a type is elsewhere.
    pub(super) fn data_location(&self, draft: &mut Draft, shape: Shape, pointer: Pointer) {
        let near = location::in_own_frame(self.context);
        let mut object = Buffer::default();
        object.u8(DW_OP_push_object_address.0);
        let before = match pointer {
            Pointer::Itself => 0,
            Pointer::At(before) => before,
            Pointer::Shifted(before) => before.into(),
        };
        if before != 0 {
            let operation = if before > 0 { DW_OP_minus } else { DW_OP_plus };
            object.u8(DW_OP_constu.0);
            object.uleb(before.unsigned_abs());
            object.u8(operation.0);
        }
        let mut expression = Expression::default();
        expression.buffer.append(&object);
        let is_code = matches!(shape, Shape::Code(_));
        let mut known = Some(());
        // The address of a function is its index.
        if matches!(pointer, Pointer::Shifted(_)) || pointer == Pointer::Itself && !is_code {
            known = location::add_base(self.context, &mut expression.buffer, near.as_ref());
        }
        if pointer != Pointer::Itself {
            expression.buffer.u8(DW_OP_deref_size.0);
            expression.buffer.u8(self.unit.encoding().address_size);
        }
        let near = if matches!(pointer, Pointer::At(_)) { Some(&object) } else { near.as_ref() };
        known = known.and(match pointer {
            _ if is_code => location::function(self.context, &mut expression.buffer),
            Pointer::Itself => Some(()),
            _ => location::follow(self.context, &mut expression.buffer, near),
        });
        if known.is_some() {
            draft.expression(DW_AT_data_location, &expression);
        }
    }

    /// A structure, or a name of one, as an element of an array.
    fn record(&mut self, ty: u32) {
        let index = ty as usize;
        let tag = self.tree.entries[index].tag;
        let mut draft = self.draft(tag);
        for (name, value) in self.tree.attributes(index) {
            match (name, tag) {
                (DW_AT_type, DW_TAG_typedef) => {
                    if let Some(target) = self.tree.reference(value) {
                        draft.reference(name, self.form(target, Form::Element));
                    }
                }
                (DW_AT_containing_type, _) => {}
                // It stands outside of its namespace.
                (DW_AT_name, _) => {
                    let path = self.path(index);
                    self.string(&mut draft, name, path.as_bytes());
                }
                _ => self.copy(&mut draft, index, name, value, None),
            }
        }
        self.write(draft, (ty, Made::Element), tag != DW_TAG_typedef);
        if tag != DW_TAG_typedef {
            let is_text = self.tree.attribute(index, DW_AT_name).is_some_and(|name| self.text(name) == b"&str");
            self.parts(index, is_text);
            if !self.is_rust() {
                self.write_methods(index);
            }
            self.out.info.u8(0);
        }
    }

    /// The full name of a type.
    pub(super) fn path(&self, index: usize) -> String {
        self.tree.full_name(self.context.source, self.unit, index)
    }

    /// A pointer as C would write it; in Rust, with the path of what it points to.
    pub(super) fn c_name(&self, pointer: u32) -> String {
        match self.tree.type_of(pointer as usize) {
            Some(target) if self.is_rust() && self.tree.shape(target) == Shape::Record => {
                self.path(target as usize) + " *"
            }
            _ => self.tree.name(self.context.source, self.unit, Some(pointer)),
        }
    }

    /// A type as gdb writes it in Rust, where it knows no references and boxes.
    fn rust_name(&self, ty: Option<u32>, depth: usize) -> String {
        let Some(index) = ty.map(|ty| ty as usize) else { return "()".to_owned() };
        if depth > 32 {
            return "...".to_owned();
        }
        let target = || self.rust_name(self.tree.type_of(index), depth + 1);
        match self.tree.entries[index].tag {
            DW_TAG_pointer_type | DW_TAG_reference_type => format!("*mut {}", target()),
            DW_TAG_array_type => match self.count(index) {
                Some(count) => format!("[{}; {count}]", target()),
                None => format!("[{}]", target()),
            },
            _ => self.path(index),
        }
    }

    /// Members, bases and variants of a structure, as elements.
    fn parts(&mut self, index: usize, is_text: bool) {
        let children: Vec<usize> = self.tree.children(index).collect();
        for child in children {
            let tag = self.tree.entries[child].tag;
            let nested = matches!(tag, DW_TAG_variant_part | DW_TAG_variant);
            if self.is_virtual_base(child) {
                self.virtual_base(child);
                continue;
            }
            if !nested && !matches!(tag, DW_TAG_member | DW_TAG_inheritance) {
                continue;
            }
            let mut draft = self.draft(tag);
            let slice_data = tag == DW_TAG_member && self.is_slice_data(child);
            for (name, value) in self.tree.attributes(child) {
                match (name, self.tree.reference(value)) {
                    // gdb takes the size of what this leads to, through no name, for that of a character.
                    (DW_AT_type, Some(ty)) if slice_data && is_text => {
                        draft.reference(name, (self.tree.unqualified(ty), Made::Reference));
                        let member = child as u32;
                        draft.reference(DW_AT_abstract_origin, (member, Made::Ghost));
                    }
                    (DW_AT_type, Some(ty)) if !self.tree.is_static(child) => {
                        draft.reference(name, self.form(ty, Form::Element));
                    }
                    (DW_AT_type, None) if !self.tree.is_static(child) => {
                        self.foreign(&mut draft, name, value, Form::Element);
                    }
                    // gdb would take what the type leads to for that of the slice's elements.
                    (DW_AT_name, _) if slice_data && !is_text => {
                        self.string(&mut draft, name, b"pointer");
                    }
                    (DW_AT_discr, Some(member)) => draft.reference(name, (member, Made::Element)),
                    _ => self.copy(&mut draft, child, name, value, None),
                }
            }
            self.write(draft, (child as u32, Made::Element), nested);
            if nested {
                self.parts(child, is_text);
                self.out.info.u8(0);
            }
        }
    }
}
