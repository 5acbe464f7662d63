//! What the types of a unit are, as far as pointers are concerned.
//!
//! A pointer of wasm has 4 bytes and is an offset in memory 0; debuggers know pointers of 8 bytes that are addresses. So
//! each type has up to three forms ([`Form`]), depending on where a thing of it stands; docs/debugging.md says why.

#![allow(non_upper_case_globals)] // DWARF's own names

use super::outside::Outside;
use super::source::Unit;
use super::tree::{NESTING, Tree};
use foldhash::HashMap;
use gimli::constants::*;
use gimli::{AttributeValue, DwTag};

/// Longest chain of types that is followed, and deepest nesting of a name.
pub const DEPTH: usize = 32;

/// Bytes of a path of names from which on it is not made longer.
const PATH: usize = 4096;

/// Most parameters in the name of a type of functions.
const PARAMETERS: usize = 20;

/// So many members of a structure are looked at to see how it is passed.
const PARTS: usize = 8;

/// Most types that are looked at to tell how one is passed.
const TYPES: usize = 200;

/// Where a thing of a type stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Form {
    /// A variable: pointers are native addresses, computed by its location.
    Plain,
    /// Part of a structure: pointers have their 4 bytes.
    Member,
    /// Element of an array, or what a function returns: as a member, but nothing in it depends on its own address.
    Element,
}

/// What a type is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Pointer or reference to this type; none is void.
    Pointer(Option<u32>),
    /// Pointer or reference to this type of functions: an index in a table.
    Code(u32),
    /// Pointer to a member: a number.
    Member,
    /// Structure, class or union.
    Record,
    /// Array.
    Array,
    /// Anything else.
    Other,
}

/// What a thing of a type has in it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Parts {
    /// Pointers, or it is one, other than in arrays.
    pub pointers: bool,
    /// Parts that are one of several, or what nothing is known of here.
    pub variants: bool,
}

/// How a parameter or result is passed, in wasm (the C ABI of its tool conventions) and natively.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passed {
    /// The same number in the same kind of register; a pointer, which is an offset in wasm and an address natively, so that with
    /// `-O0` its lower half is right; a pointer to a function, for whose address there is no index: the call traps.
    Register,
    /// In wasm in memory, and its address as a parameter.
    Memory,
    /// In different ways.
    Other,
}

impl<'a> Tree<'a> {
    /// The type of an entry, if that is in another unit.
    pub fn outside(&self, index: usize) -> Option<Outside> {
        if self.outside.is_empty() || self.type_index(index).is_some() {
            return None;
        }
        self.outside.get(&(self.last_origin(index) as u32)).copied()
    }

    /// What the type of an entry is, wherever it stands.
    pub fn shape_of(&self, index: usize) -> Option<Shape> {
        let own = self.type_of(index).map(|ty| self.shape(ty));
        own.or_else(|| Some(self.outside(index)?.shape))
    }

    /// A type without names and qualifiers before it.
    pub fn resolve(&self, ty: u32) -> Option<usize> {
        let mut index = ty as usize;
        for _ in 0..DEPTH {
            if self.entries[index].tag != DW_TAG_typedef && !is_qualifier(self.entries[index].tag) {
                return Some(index);
            }
            index = self.type_index(index)?;
        }
        None
    }

    /// What a type is.
    pub fn shape(&self, ty: u32) -> Shape {
        let Some(index) = self.resolve(ty) else { return Shape::Other };
        match self.entries[index].tag {
            DW_TAG_pointer_type | DW_TAG_reference_type | DW_TAG_rvalue_reference_type => {
                let target = self.type_of(index);
                let resolved = target.and_then(|target| self.resolve(target));
                match (target, resolved.map(|index| self.entries[index].tag)) {
                    (Some(target), Some(DW_TAG_subroutine_type)) => Shape::Code(target),
                    _ => Shape::Pointer(target),
                }
            }
            DW_TAG_ptr_to_member_type => Shape::Member,
            DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type => Shape::Record,
            DW_TAG_array_type => Shape::Array,
            _ => Shape::Other,
        }
    }

    /// How a thing of a type is passed.
    pub fn passed(&self, ty: u32) -> Passed {
        self.passed_within(ty, &mut TYPES.clone())
    }

    fn passed_within(&self, ty: u32, rest: &mut usize) -> Passed {
        // Types in types in types.
        if *rest == 0 {
            return Passed::Other;
        }
        *rest -= 1;
        match self.shape(ty) {
            Shape::Pointer(_) | Shape::Code(_) => return Passed::Register,
            Shape::Member => return Passed::Other,
            Shape::Record | Shape::Array | Shape::Other => {}
        }
        let Some(index) = self.resolve(ty) else { return Passed::Other };
        let encoding = match self.attribute(index, DW_AT_encoding) {
            Some(AttributeValue::Encoding(encoding)) => Some(encoding),
            _ => None,
        };
        match (self.entries[index].tag, self.size(ty)) {
            (DW_TAG_base_type, Some(1..=8)) if encoding != Some(DW_ATE_complex_float) => Passed::Register,
            (DW_TAG_base_type, Some(1..)) => Passed::Memory,
            (DW_TAG_enumeration_type, _) => Passed::Register,
            (DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type, Some(1..)) => {
                self.passed_record(index, rest)
            }
            // Only Rust has functions with arrays, and small ones are numbers there, as are small structures.
            (DW_TAG_array_type, _) if self.language() == Some(DW_LANG_Rust) => Passed::Memory,
            _ => Passed::Other,
        }
    }

    /// A structure of one scalar is passed as that; one of more, in memory.
    fn passed_record(&self, index: usize, rest: &mut usize) -> Passed {
        let by_value = match self.attribute(index, DW_AT_calling_convention) {
            Some(AttributeValue::CallingConvention(convention)) => convention == DW_CC_pass_by_value,
            _ => self.is_c(),
        };
        if !by_value {
            return Passed::Memory;
        }
        let is_part = |child: &usize| match self.entries[*child].tag {
            DW_TAG_member => !self.is_static(*child),
            tag => tag == DW_TAG_inheritance,
        };
        let mut parts: Vec<usize> = self.children(index).filter(is_part).take(PARTS).collect();
        // What has nothing in it does not count.
        if parts.len() < PARTS {
            parts.retain(|part| !self.is_empty_within(*part, rest));
        }
        if let [part] = parts.as_slice()
            && self.attribute(*part, DW_AT_bit_size).is_none()
            && let Some(ty) = self.type_of(*part)
        {
            let array = self.resolve(ty).filter(|index| self.entries[*index].tag == DW_TAG_array_type);
            // Nor does a structure that has something behind its only part.
            let whole = self.attribute(index, DW_AT_byte_size).and_then(|size| size.udata_value());
            if whole.is_some_and(|whole| self.size(ty).is_some_and(|size| size < whole)) {
                return Passed::Memory;
            }
            return match array {
                Some(array) => self.passed_array(array, rest),
                None => self.passed_within(ty, rest),
            };
        }
        let solid = |part: &&usize| self.type_of(**part).is_some_and(|ty| self.is_solid(ty, rest));
        if parts.iter().filter(solid).take(2).count() == 2 { Passed::Memory } else { Passed::Other }
    }

    /// A structure that is but an array: of one element, passed as that is; of more, in memory.
    fn passed_array(&self, array: usize, rest: &mut usize) -> Passed {
        let elements = self.children(array).map(|dimension| self.length(dimension));
        let elements = elements.reduce(|product, more| product?.checked_mul(more?)).flatten();
        match (elements, self.type_of(array)) {
            (Some(1), Some(ty)) => self.passed_within(ty, rest),
            (Some(2..), Some(ty)) if self.is_solid(ty, rest) => Passed::Memory,
            _ => Passed::Other,
        }
    }

    /// Whether a part of a structure is one of a class that has no parts.
    pub fn is_empty(&self, part: usize) -> bool {
        self.is_empty_within(part, &mut TYPES.clone())
    }

    fn is_empty_within(&self, part: usize, rest: &mut usize) -> bool {
        if *rest == 0 {
            return false;
        }
        *rest -= 1;
        let class = self.type_of(part).and_then(|ty| self.resolve(ty));
        class.is_some_and(|class| {
            matches!(self.entries[class].tag, DW_TAG_structure_type | DW_TAG_class_type)
                && self.attribute(class, DW_AT_declaration).is_none()
                && self.size(class as u32) == Some(1)
                && self.children(class).all(|child| match self.entries[child].tag {
                    DW_TAG_member => self.is_static(child),
                    DW_TAG_inheritance => self.is_empty_within(child, rest),
                    _ => true,
                })
        })
    }

    /// Whether there is certainly something in a thing of a type.
    fn is_solid(&self, ty: u32, rest: &mut usize) -> bool {
        let Some(index) = self.resolve(ty).filter(|_| *rest > 0) else { return false };
        *rest -= 1;
        if self.entries[index].tag != DW_TAG_array_type {
            return self.passed_within(ty, rest) != Passed::Other;
        }
        let some = |child| self.attribute(child, DW_AT_count).and_then(|count| count.udata_value()) > Some(0);
        self.children(index).all(some) && self.type_of(index).is_some_and(|ty| self.is_solid(ty, rest))
    }

    /// Elements of a dimension of an array, if it says.
    pub fn length(&self, dimension: usize) -> Option<u64> {
        let number = |name| self.attribute(dimension, name)?.udata_value();
        number(DW_AT_count).or(number(DW_AT_upper_bound).and_then(|last| last.checked_add(1)))
    }

    /// Bytes of a thing of a type, if it says.
    pub fn size(&self, ty: u32) -> Option<u64> {
        self.attribute(self.resolve(ty)?, DW_AT_byte_size)?.udata_value()
    }

    /// A type without qualifiers before it.
    pub fn unqualified(&self, ty: u32) -> u32 {
        let mut at = ty;
        for _ in 0..DEPTH {
            match self.type_of(at as usize).filter(|_| is_qualifier(self.entries[at as usize].tag)) {
                Some(inner) => at = inner,
                None => break,
            }
        }
        at
    }

    /// A type without names and qualifiers before it.
    pub fn underlying(&self, ty: u32) -> Option<u32> {
        self.resolve(ty).map(|index| index as u32)
    }

    /// Whether a type is a qualified name of a type.
    pub fn qualified_name(&self, ty: u32) -> bool {
        let tag = |ty: u32| self.entries[ty as usize].tag;
        is_qualifier(tag(ty)) && tag(self.unqualified(ty)) == DW_TAG_typedef
    }

    /// What a thing of a type has in it. `known` are answers given before.
    pub fn parts(&self, ty: u32, known: &mut HashMap<u32, Parts>) -> Parts {
        self.parts_within(ty, known, 0)
    }

    fn parts_within(&self, ty: u32, known: &mut HashMap<u32, Parts>, depth: usize) -> Parts {
        // Something so deep could have any.
        if depth > NESTING {
            return Parts { pointers: true, variants: true };
        }
        if let Some(known) = known.get(&ty) {
            return *known;
        }
        // What contains itself is malformed.
        known.insert(ty, Parts::default());
        let mut parts = Parts::default();
        match self.shape(ty) {
            Shape::Pointer(_) | Shape::Code(_) => parts.pointers = !self.is_table(ty),
            Shape::Record => {
                if let Some(index) = self.resolve(ty) {
                    // What it has is somewhere else.
                    parts.variants = self.attribute(index, DW_AT_declaration).is_some();
                    self.add_members(index, &mut parts, known, depth + 1);
                }
            }
            Shape::Array => {
                if let Some(ty) = self.resolve(ty).and_then(|index| self.type_of(index)) {
                    parts.variants = self.parts_within(ty, known, depth + 1).variants;
                }
            }
            Shape::Member | Shape::Other => {}
        }
        known.insert(ty, parts);
        parts
    }

    /// Whether a type is that of the pointer to a table of virtual methods: to what clang calls `__vtbl_ptr_type`, a pointer to functions
    /// that has a name. In other languages than C++, any pointer can have one.
    pub fn is_table(&self, ty: u32) -> bool {
        let Shape::Pointer(Some(target)) = self.shape(ty) else { return false };
        matches!(self.shape(target), Shape::Code(_))
            && self.is_cpp()
            && self.attribute(target as usize, DW_AT_name).is_some()
    }

    fn add_members(&self, index: usize, parts: &mut Parts, known: &mut HashMap<u32, Parts>, depth: usize) {
        for child in self.children(index) {
            match self.entries[child].tag {
                DW_TAG_member if self.is_static(child) => {}
                DW_TAG_member | DW_TAG_inheritance => {
                    let member = match self.type_of(child) {
                        Some(ty) => self.parts_within(ty, known, depth),
                        None => self.outside(child).map_or(Parts::default(), |ty| ty.parts),
                    };
                    parts.pointers |= member.pointers;
                    parts.variants |= member.variants;
                }
                tag @ (DW_TAG_variant_part | DW_TAG_variant) => {
                    parts.variants |= tag == DW_TAG_variant_part;
                    self.add_members(child, parts, known, depth + 1);
                }
                _ => {}
            }
            if parts.pointers && parts.variants {
                return;
            }
        }
    }

    /// Whether a member is a variable of its own.
    pub fn is_static(&self, index: usize) -> bool {
        self.attribute(index, DW_AT_external).is_some() || self.attribute(index, DW_AT_declaration).is_some()
    }

    /// A type as C would write it.
    pub fn name(&self, dwarf: &super::source::Source<'a>, unit: &Unit<'a>, ty: Option<u32>) -> String {
        self.declare(dwarf, unit, ty, String::new(), 0)
    }

    fn declare(
        &self,
        source: &super::source::Source<'a>,
        unit: &Unit<'a>,
        ty: Option<u32>,
        inner: String,
        depth: usize,
    ) -> String {
        let join = |name: &str| match inner.as_str() {
            "" => name.to_owned(),
            inner => format!("{name} {inner}"),
        };
        let Some(index) = ty.map(|ty| ty as usize) else { return join("void") };
        if depth > DEPTH {
            return join("...");
        }
        let target = || self.type_of(index);
        let next = |inner: String| self.declare(source, unit, target(), inner, depth + 1);
        let tag = self.entries[index].tag;
        let keyword = if self.is_c() { tag_keyword(tag) } else { "" };
        match tag {
            DW_TAG_pointer_type => next(self.wrap(target(), format!("*{inner}"))),
            DW_TAG_reference_type => next(self.wrap(target(), format!("&{inner}"))),
            DW_TAG_rvalue_reference_type => next(self.wrap(target(), format!("&&{inner}"))),
            DW_TAG_const_type => match self.declared(target()) {
                Some(DW_TAG_pointer_type) if inner.is_empty() => next("const".to_owned()),
                Some(DW_TAG_pointer_type) => next(format!("const {inner}")),
                _ => format!("const {}", next(inner)),
            },
            DW_TAG_volatile_type => format!("volatile {}", next(inner)),
            tag if is_qualifier(tag) => next(inner),
            DW_TAG_array_type => next(format!("{inner}[]")),
            DW_TAG_subroutine_type => {
                // Functions in parameters of parameters are only hinted at: names must stay short.
                let depth = depth + DEPTH / 2;
                let parameter = |child: usize| match self.entries[child].tag {
                    DW_TAG_formal_parameter => self.declare(source, unit, self.type_of(child), String::new(), depth),
                    _ => "...".to_owned(),
                };
                let mut parameters: Vec<String> = self.children(index).take(PARAMETERS).map(parameter).collect();
                if parameters.is_empty() && self.is_c() {
                    parameters.push("void".to_owned());
                }
                next(format!("{inner}({})", parameters.join(", ")))
            }
            _ => join(&format!("{keyword}{}", self.full_name(source, unit, index))),
        }
    }

    /// The name of a type with those of what it is in, as its language writes it: in C++ namespaces and classes, in Rust all.
    pub fn full_name(&self, source: &super::source::Source<'a>, unit: &Unit<'a>, index: usize) -> String {
        let name = |index| {
            let name = self.attribute(index, DW_AT_name).and_then(|name| source.dwarf.attr_string(unit, name).ok());
            name.map(|name| name.to_string_lossy())
        };
        let is_rust = self.language() == Some(DW_LANG_Rust);
        // The innermost first.
        let mut parts = vec![name(index).unwrap_or(if is_rust { "" } else { "{...}" }.into())];
        let mut length = parts[0].len();
        let mut inner = index;
        loop {
            let parent = self.entries[inner].parent;
            let is_namespace = self.entries[parent].tag == DW_TAG_namespace;
            let counts = match self.entries[parent].tag {
                _ if is_rust => parent != 0,
                DW_TAG_namespace | DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type => parent != inner,
                _ => false,
            };
            if !counts || length > PATH {
                break;
            }
            // In Rust, parts of an enumeration have no names.
            let part = match name(parent).filter(|name| !is_rust || !name.is_empty()) {
                None if is_namespace && !is_rust => Some("(anonymous namespace)".into()),
                part => part,
            };
            length += part.as_ref().map_or(0, |part| "::".len() + part.len());
            parts.extend(part);
            inner = parent;
        }
        let mut full = String::with_capacity(length);
        for part in parts.iter().rev() {
            full.push_str(if full.is_empty() { "" } else { "::" });
            full.push_str(part);
        }
        full
    }

    /// Puts parentheses around a declarator whose target binds stronger.
    fn wrap(&self, target: Option<u32>, inner: String) -> String {
        match self.declared(target) {
            // gdb takes what is in parentheses for parameters, and finds the name without them, which is that of the element.
            _ if self.language() == Some(DW_LANG_Rust) => inner,
            Some(DW_TAG_array_type | DW_TAG_subroutine_type) => format!("({inner})"),
            _ => inner,
        }
    }

    /// The tag of a type.
    fn declared(&self, ty: Option<u32>) -> Option<DwTag> {
        ty.map(|ty| self.entries[ty as usize].tag)
    }

    /// Whether the unit is in C, where structures have their keyword.
    fn is_c(&self) -> bool {
        matches!(self.language(), Some(DW_LANG_C | DW_LANG_C89 | DW_LANG_C99 | DW_LANG_C11 | DW_LANG_C17))
    }

    /// Whether the unit is in C++.
    pub fn is_cpp(&self) -> bool {
        matches!(
            self.language(),
            Some(
                DW_LANG_C_plus_plus
                    | DW_LANG_C_plus_plus_03
                    | DW_LANG_C_plus_plus_11
                    | DW_LANG_C_plus_plus_14
                    | DW_LANG_C_plus_plus_17
                    | DW_LANG_C_plus_plus_20
            )
        )
    }

    /// The unit's language.
    pub fn language(&self) -> Option<gimli::DwLang> {
        match self.attribute(0, DW_AT_language)? {
            AttributeValue::Language(language) => Some(language),
            _ => None,
        }
    }
}

fn tag_keyword(tag: DwTag) -> &'static str {
    match tag {
        DW_TAG_structure_type => "struct ",
        DW_TAG_union_type => "union ",
        DW_TAG_enumeration_type => "enum ",
        _ => "",
    }
}

/// Qualifiers of types.
pub fn is_qualifier(tag: DwTag) -> bool {
    matches!(
        tag,
        DW_TAG_const_type
            | DW_TAG_volatile_type
            | DW_TAG_restrict_type
            | DW_TAG_atomic_type
            | DW_TAG_immutable_type
            | DW_TAG_packed_type
    )
}
