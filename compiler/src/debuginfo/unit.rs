//! One unit: its tree of entries, copied. Code ranges and locations become native ([`super::code`], [`super::location`]),
//! pointers get the forms that [`super::types`] tells apart, and entries for these are added at the end. `attributes` copies what an
//! entry says, `functions` and `methods` tell what debuggers can do with one, `variables` where each is to see one, `layout` how gdb lays out structures, `pointers`, `shifted` and `whole` are entries that the source has not;
//! [`live`] is which are copied.

#![allow(non_upper_case_globals)] // DWARF's own names

mod attributes;
mod captured;
mod casts;
mod functions;
mod layout;
pub mod live;
mod methods;
mod pointers;
mod shifted;
mod variables;
mod whole;
mod wrapper;

use super::Context;
use super::code::FunctionMap;
use super::location::{Expression, Location, Locator, Scope, Wanted};
use super::sections::{Abbreviation, Buffer, StringId, UnitOutput};
use super::source::{SourceUnit, Unit, Value};
use super::tree::Tree;
use super::types::{Form, Parts, Shape};
use crate::object::DebugKind;
use crate::symbols::Symbol;
use foldhash::{HashMap, HashMapExt};
use functions::{Calls, INSTANCE_NAME};
use gimli::constants::*;
use gimli::{AttributeValue, DwAt, DwForm, DwTag};
use pointers::Made;
use std::cell::RefCell;
use std::rc::Rc;

/// Copies a unit.
pub fn translate<'a>(context: &Context<'_, 'a>, source: &SourceUnit<'a>) -> UnitOutput {
    let SourceUnit { unit, tree, lines } = source;
    let mut functions: Vec<&FunctionMap> =
        lines.sequences().flat_map(|(start, end)| context.code.functions(start, end)).collect();
    functions.sort_by_key(|function| function.native);
    functions.dedup_by_key(|function| function.native);
    let mut copier = Copier {
        context,
        source,
        unit,
        tree,
        rust: tree.language() == Some(DW_LANG_Rust),
        locator: Locator::new(context, unit),
        shift: lines.shift(context.version),
        functions: &functions,
        out: UnitOutput { source: tree.start, ..UnitOutput::default() },
        copied: vec![0; tree.entries.len()],
        made: HashMap::new(),
        queue: Vec::new(),
        pending: Vec::new(),
        whole: Vec::new(),
        live: Vec::new(),
        parts: Default::default(),
        native: Default::default(),
        unnamed: Default::default(),
        passed: None,
        class_names: Default::default(),
        casts: Default::default(),
        spare: Vec::new(),
    };
    let has_code = |index, low| {
        let wasm = source.ranges(&context.source.dwarf, index, low);
        !copier.native_ranges(index, &wasm, None).1.is_empty()
    };
    copier.live = live::entries(unit, tree, &context.shared, has_code);
    copier.run();
    // Where the entries went that others refer to.
    let shared =
        live::shared_of(tree, &context.shared).filter_map(|(offset, form)| Some((offset, tree.at(offset)?, form)));
    let places: Vec<_> =
        shared.map(|(offset, index, form)| ((offset, form), copier.place(copier.form(index as u32, form)))).collect();
    let mut out = copier.out;
    out.line = lines.write(&functions, context.version);
    out.entries = places.into_iter().filter_map(|(key, place)| Some((key, place?))).collect();
    out
}

/// A unit while it is copied.
struct Copier<'a, 'b> {
    context: &'b Context<'b, 'a>,
    source: &'b SourceUnit<'a>,
    unit: &'b Unit<'a>,
    tree: &'b Tree<'a>,
    /// Whether the unit is in Rust.
    rust: bool,
    locator: Locator<'b, 'a>,
    /// What is added to numbers of files.
    shift: i64,
    functions: &'b [&'b FunctionMap],
    out: UnitOutput,
    /// By index, where entries are in the output; 0 where they are not.
    copied: Vec<u32>,
    /// The same of those that the source has not; index in the source and kind.
    made: HashMap<(u32, Made), u32>,
    /// Entries to make.
    queue: Vec<(u32, Made)>,
    /// References to patch: place, index in the source, kind.
    pending: Vec<(u32, u32, Made)>,
    /// Variables of which lldb has a view of its own, by index; where and of which type they are in it ([`whole`]).
    whole: Vec<(usize, Location, Made)>,
    /// By index, whether an entry is copied.
    live: Vec<bool>,
    /// What things of a type have in them, as far as it was asked.
    parts: RefCell<HashMap<u32, Parts>>,
    /// Whether it is one for [`whole`].
    native: RefCell<HashMap<u32, bool>>,
    /// Whether the members of structures are those of the structure around them, at another place; by index, as far as it was asked.
    unnamed: RefCell<HashMap<usize, bool>>,
    /// The parameter of a method that was last found to keep debuggers from calls ([`Copier::passed_parameter`]).
    passed: Option<usize>,
    /// Names of lldb's classes for pointers, as far as they were made.
    class_names: RefCell<HashMap<u32, Rc<str>>>,
    casts: casts::Known,
    /// Empty ones, with the room that others had.
    #[allow(clippy::vec_box, reason = "they are handed on, and have 150 bytes")]
    spare: Vec<Box<Draft>>,
}

/// An entry before it is written.
#[derive(Default)]
struct Draft {
    shape: Abbreviation,
    data: Buffer,
    /// Places of strings in the data.
    strings: Vec<u32>,
    /// Place in the data, index in the source, kind.
    references: Vec<(u32, u32, Made)>,
    /// Place in the data, offset in the source's `.debug_info`, form.
    foreign: Vec<(u32, usize, Form)>,
}

impl Draft {
    fn reference(&mut self, name: DwAt, to: (u32, Made)) {
        self.shape.push(name, DW_FORM_ref4);
        self.references.push((self.data.len(), to.0, to.1));
        self.data.u32(0);
    }

    fn string(&mut self, name: DwAt, id: StringId) {
        self.shape.push(name, DW_FORM_strp);
        self.strings.push(self.data.len());
        self.data.bytes.extend_from_slice(&id.bytes());
    }

    fn bytes<const N: usize>(&mut self, name: DwAt, form: DwForm, bytes: [u8; N]) {
        self.shape.push(name, form);
        self.data.bytes.extend_from_slice(&bytes);
    }

    fn number(&mut self, name: DwAt, value: u64) {
        self.shape.push(name, DW_FORM_udata);
        self.data.uleb(value);
    }

    fn flag(&mut self, name: DwAt) {
        self.shape.push(name, DW_FORM_flag_present);
    }

    fn offset(&mut self, name: DwAt, kind: DebugKind, value: u32) {
        self.shape.push(name, DW_FORM_sec_offset);
        self.data.offset(kind, value);
    }

    fn address(&mut self, name: DwAt, native: u32) {
        self.shape.push(name, DW_FORM_addr);
        self.data.address(Symbol::Text, native.into());
    }

    fn expression(&mut self, name: DwAt, expression: &Expression) {
        self.shape.push(name, DW_FORM_exprloc);
        self.data.uleb(expression.buffer.len().into());
        let at = self.data.len();
        self.data.append(&expression.buffer);
        self.references.extend(expression.types.iter().map(|(place, ty)| (at + place, *ty, Made::At)));
    }
}

impl<'a, 'b> Copier<'a, 'b> {
    fn run(&mut self) {
        let version = self.context.version;
        let info = &mut self.out.info;
        info.u32(0);
        info.u16(version);
        if version >= 5 {
            info.u8(DW_UT_compile.0);
            info.u8(8);
            info.offset(DebugKind::Abbrev, 0);
        } else {
            info.offset(DebugKind::Abbrev, 0);
            info.u8(8);
        }
        if !self.tree.entries.is_empty() {
            self.root();
        }
        let length = self.out.info.len() - 4;
        self.out.info.patch_u32(0, length);
        for (place, entry, made) in std::mem::take(&mut self.pending) {
            let value = self.place((entry, made)).or_else(|| self.place((0, Made::Missing))).unwrap_or(0);
            let field = &mut self.out.info.bytes[place as usize..place as usize + 4];
            // References in expressions are LEB128 of four bytes.
            if field == [0x80, 0x80, 0x80, 0] {
                let bytes =
                    [0, 7, 14, 21].map(|shift| (value >> shift) as u8 & 0x7f | if shift < 21 { 0x80 } else { 0 });
                field.copy_from_slice(&bytes);
            } else {
                field.copy_from_slice(&value.to_le_bytes());
            }
        }
    }

    /// The unit's own entry and all below.
    fn root(&mut self) {
        let mut draft = self.draft(self.tree.entries[0].tag);
        for (name, value) in self.tree.attributes(0) {
            match name {
                DW_AT_stmt_list => draft.offset(name, DebugKind::Line, 0),
                _ if is_about_code(name) => {}
                _ => self.copy(&mut draft, 0, name, value, None),
            }
        }
        // Ranges and locations in lists count from here.
        draft.address(DW_AT_low_pc, 0);
        let ranges: Vec<(u32, u32)> = self.functions.iter().map(|function| function.native).collect();
        self.ranges(&mut draft, &ranges);
        let has_children = self.has_live(0);
        self.write_own(draft, 0, has_children);
        if !has_children {
            return;
        }
        self.children(0, None);
        self.write_whole();
        for (offset, form) in live::shared_of(self.tree, &self.context.shared) {
            let Some(entry) = self.tree.at(offset) else { continue };
            let key = self.form(entry as u32, form);
            if key.1 != Made::Plain {
                self.queue.push(key);
            }
        }
        while let Some((entry, made)) = self.queue.pop() {
            if self.place((entry, made)).is_none() {
                self.make(entry, made);
            }
        }
        let known = |(_, entry, made): &(u32, u32, Made)| self.place((*entry, *made)).is_some();
        if !self.pending.iter().all(known) {
            let mut draft = self.draft(DW_TAG_unspecified_type);
            self.string(&mut draft, DW_AT_name, b"<unknown>");
            self.write(draft, (0, Made::Missing), false);
        }
        self.out.info.u8(0);
    }

    /// An entry without attributes.
    fn draft(&mut self, tag: DwTag) -> Box<Draft> {
        let mut draft = self.spare.pop().unwrap_or_default();
        draft.shape.begin(tag);
        draft
    }

    /// Writes an entry of the source; its children follow.
    fn write_own(&mut self, draft: Box<Draft>, index: usize, children: bool) {
        self.copied[index] = self.out.info.len();
        self.write(draft, None, children);
    }

    /// Writes an entry that the source has not, to which references with this key lead; its children follow.
    fn write(&mut self, mut draft: Box<Draft>, key: impl Into<Option<(u32, Made)>>, children: bool) {
        let at = self.out.info.len();
        let code = self.out.abbreviations.code(&mut draft.shape, children);
        self.out.info.uleb(code.into());
        let data = self.out.info.len();
        self.out.info.append(&draft.data);
        if let Some(key) = key.into() {
            self.made.insert(key, at);
        }
        for (place, entry, made) in draft.references.drain(..) {
            self.pending.push((data + place, entry, made));
            if !matches!(made, Made::Plain | Made::At | Made::Variants | Made::This(_) | Made::Whole | Made::Place) {
                self.queue.push((entry, made));
            }
        }
        self.out.named.extend(draft.strings.drain(..).map(|place| data + place));
        self.out.foreign.extend(draft.foreign.drain(..).map(|(place, to, form)| (data + place, to, form)));
        draft.data.clear();
        self.spare.push(draft);
    }

    /// Where an entry is in the output.
    fn place(&self, (entry, made): (u32, Made)) -> Option<u32> {
        match made {
            Made::Plain => self.copied.get(entry as usize).copied().filter(|place| *place != 0),
            Made::At => Some(self.copied[self.tree.at(entry)?]).filter(|place| *place != 0),
            made => self.made.get(&(entry, made)).copied(),
        }
    }

    /// Adds a string. Not by index: valgrind 3.19 does not know the forms, and it would save 1 % of the program.
    fn string(&mut self, draft: &mut Draft, name: DwAt, text: &[u8]) {
        let id = self.out.strings.add(text);
        draft.string(name, id);
    }

    /// Adds code ranges, if there are any.
    fn ranges(&mut self, draft: &mut Draft, ranges: &[(u32, u32)]) {
        if ranges.is_empty() {
            return;
        }
        let list = &mut self.out.ranges;
        let kind = if self.context.version >= 5 { DebugKind::RngLists } else { DebugKind::Ranges };
        draft.offset(DW_AT_ranges, kind, list.len());
        ranges.iter().for_each(|range| list.range(self.context.version, *range));
        list.end_of_list(self.context.version);
    }

    fn is_live(&self, index: usize) -> bool {
        self.live.get(index).is_some_and(|live| *live)
    }

    /// Whether any child of an entry is copied.
    fn has_live(&self, index: usize) -> bool {
        self.tree.children(index).any(|child| self.is_live(child))
    }

    /// Copies the children of an entry.
    fn children(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let tree = self.tree;
        for child in tree.children(index) {
            if self.is_live(child) {
                self.entry(child, scope);
            }
        }
    }

    /// Copies an entry and all below. Within a function, `scope` is its code.
    fn entry(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let tree = self.tree;
        let entry = &tree.entries[index];
        match entry.tag {
            // What is passed in calls is not known after translation.
            DW_TAG_call_site | DW_TAG_GNU_call_site => {}
            DW_TAG_variable | DW_TAG_formal_parameter => self.variable(index, scope),
            DW_TAG_member => self.member(index, scope),
            DW_TAG_inheritance if self.is_virtual_base(index) => self.virtual_base(index),
            DW_TAG_ptr_to_member_type => self.number_type(index),
            DW_TAG_base_type if self.is_quad(index) => self.quad(index),
            DW_TAG_pointer_type | DW_TAG_reference_type | DW_TAG_rvalue_reference_type
                if matches!(tree.shape(index as u32), Shape::Code(_)) && self.context.table.is_none() =>
            {
                self.number_type(index);
            }
            DW_TAG_array_type
            | DW_TAG_base_type
            | DW_TAG_class_type
            | DW_TAG_const_type
            | DW_TAG_enumeration_type
            | DW_TAG_enumerator
            | DW_TAG_inheritance
            | DW_TAG_namespace
            | DW_TAG_pointer_type
            | DW_TAG_reference_type
            | DW_TAG_rvalue_reference_type
            | DW_TAG_structure_type
            | DW_TAG_subrange_type
            | DW_TAG_template_type_parameter
            | DW_TAG_template_value_parameter
            | DW_TAG_typedef
            | DW_TAG_union_type
            | DW_TAG_variant
            | DW_TAG_variant_part
            | DW_TAG_volatile_type => self.plain(index, scope),
            _ => self.code(index, scope),
        }
    }

    /// Copies an entry that has no code, and all below.
    fn plain(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let mut draft = self.draft(self.tree.entries[index].tag);
        for (name, value) in self.tree.attributes(index) {
            if !is_about_code(name) {
                self.copy(&mut draft, index, name, value, scope);
            }
        }
        self.write_entry(draft, index, scope);
    }

    /// Writes an entry and all below.
    fn write_entry(&mut self, draft: Box<Draft>, index: usize, scope: Option<&Scope<'_>>) {
        let has_children = self.has_live(index);
        self.write_own(draft, index, has_children);
        if has_children {
            self.children(index, scope);
            self.out.info.u8(0);
        }
    }

    /// Copies an entry that can have code, and all below.
    fn code(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let tree = self.tree;
        let tag = tree.entries[index].tag;
        let is_function = tag == DW_TAG_subprogram;
        let mut draft = self.draft(tag);
        let mut own = None;
        let mut dead = false;
        if let Some(low) = tree.attribute(index, DW_AT_low_pc).or(tree.attribute(index, DW_AT_ranges)) {
            let wasm = self.source.ranges(&self.context.source.dwarf, index, low);
            let (function, ranges) = self.native_ranges(index, &wasm, scope);
            match ranges.as_slice() {
                _ if tag == DW_TAG_label => {
                    let position = self.label(low, scope);
                    position.into_iter().for_each(|position| draft.address(DW_AT_low_pc, position));
                }
                [] => dead = tag != DW_TAG_lexical_block,
                [(start, end)] => {
                    draft.address(DW_AT_low_pc, *start);
                    draft.shape.push(DW_AT_high_pc, DW_FORM_data4);
                    draft.data.u32(end - start);
                }
                ranges => self.ranges(&mut draft, ranges),
            }
            own = function.map(|function| Scope { function, wasm, ranges, frame: None });
        }
        let mut frame = Location::None;
        if let Some(own) = &mut own {
            if is_function {
                if let Some(value) = tree.attribute(index, DW_AT_frame_base) {
                    frame = self.locator.translate(value, Some(own), Wanted::FrameBase);
                }
                own.frame = frame.ranges().map(Rc::from);
            } else {
                own.frame = scope.and_then(|scope| scope.frame.clone());
            }
        }
        let result = own.as_ref().filter(|_| is_function);
        let result = result.and_then(|own| self.result_type(tree.type_of(index)?, own.function));
        let scope = own.as_ref().or(scope);
        let calls = match tag {
            DW_TAG_subprogram | DW_TAG_subroutine_type => self.calls(index),
            _ => Calls::Possible,
        };
        if calls == Calls::Refused {
            draft.number(DW_AT_calling_convention, DW_CC_nocall.0.into());
        }
        self.location(&mut draft, DW_AT_frame_base, frame);
        for (name, value) in tree.attributes(index) {
            let is_set = match name {
                DW_AT_calling_convention => calls == Calls::Refused,
                DW_AT_type => result.is_some(),
                DW_AT_frame_base => own.is_some(),
                name => is_about_code(name),
            };
            if !is_set {
                self.copy(&mut draft, index, name, value, scope);
            }
        }
        // The last one counts in lldb: the type can be that of another entry, too.
        if let Some(result) = result {
            draft.reference(DW_AT_type, result);
        }
        if is_function {
            let slot = self.dispatched(index);
            self.method_names(&mut draft, index, slot);
            if let Some(slot) = slot {
                self.write_callable(index, Some(slot), calls);
            }
        }
        // Code that is not there has nothing in it.
        let has_live = !dead && self.has_live(index);
        let instance = self.instance(index, calls, own.as_ref());
        let passed = if calls == Calls::Incomplete { self.passed_parameter(index) } else { None };
        let incomplete =
            matches!(calls, Calls::Incomplete | Calls::Instance) && !dead && instance.is_none() && passed.is_none();
        self.passed = passed.or(self.passed);
        let has_children = incomplete || instance.is_some() || has_live;
        self.write_own(draft, index, has_children);
        if let Some(location) = instance {
            let mut draft = self.draft(DW_TAG_formal_parameter);
            self.string(&mut draft, DW_AT_name, INSTANCE_NAME);
            draft.reference(DW_AT_type, (0, Made::Instance));
            self.location(&mut draft, DW_AT_location, location);
            self.write(draft, None, false);
        }
        if has_live {
            self.children(index, scope);
            if let Some(own) = own.as_ref().filter(|_| is_function) {
                self.write_captured(index, own);
            }
        }
        if incomplete {
            self.write_missing_parameter();
        }
        if has_children {
            self.out.info.u8(0);
        }
    }

    /// Writes the parameter that makes every call one with too few ([`Calls::Incomplete`]).
    fn write_missing_parameter(&mut self) {
        let mut draft = self.draft(DW_TAG_formal_parameter);
        draft.reference(DW_AT_type, (0, Made::Unsigned));
        self.write(draft, None, false);
    }

    /// Native ranges of an entry with this code in wasm; and its function, which it can be.
    fn native_ranges<'f>(
        &self,
        index: usize,
        wasm: &[(u64, u64)],
        scope: Option<&Scope<'f>>,
    ) -> (Option<&'f FunctionMap>, Vec<(u32, u32)>)
    where
        'b: 'f,
    {
        let Some((start, _)) = wasm.first() else { return (None, Vec::new()) };
        let is_function = self.tree.entries[index].tag == DW_TAG_subprogram;
        let function = match scope.filter(|_| !is_function) {
            Some(scope) => Some(scope.function),
            None => self.context.code.function(*start).filter(|_| is_function),
        };
        let Some(map) = function else { return (None, Vec::new()) };
        let mut ranges = Vec::new();
        wasm.iter().for_each(|(start, end)| map.add_ranges(*start, *end, &mut ranges));
        ranges.sort_unstable();
        ranges.dedup_by(|next, last| {
            let touches = next.0 <= last.1;
            last.1 = if touches { last.1.max(next.1) } else { last.1 };
            touches
        });
        (function, ranges)
    }

    fn label(&self, low: Value<'a>, scope: Option<&Scope<'_>>) -> Option<u32> {
        let low = self.context.source.dwarf.attr_address(self.unit, low).ok()??;
        scope?.function.position(low)
    }

    fn is_rust(&self) -> bool {
        self.rust
    }

    /// Whether a member is the pointer of a slice, as gdb sees it: by its name.
    fn is_slice_data(&self, member: usize) -> bool {
        self.is_rust()
            && self.tree.attribute(member, DW_AT_name).is_some_and(|name| self.text(name) == SLICE_DATA)
            && matches!(self.tree.type_of(member).map(|ty| self.tree.shape(ty)), Some(Shape::Pointer(_)))
    }

    /// The text of an attribute.
    fn text(&self, value: Value<'a>) -> &'a [u8] {
        self.context.source.dwarf.attr_string(self.unit, value).map_or(&[][..], |text| text.slice())
    }

    /// What a thing of a type has in it.
    fn parts_of(&self, ty: u32) -> Parts {
        self.tree.parts(ty, &mut self.parts.borrow_mut())
    }

    /// Whether a thing of a type has pointers in it, other than in arrays.
    fn has_pointers(&self, ty: u32) -> bool {
        self.parts_of(ty).pointers
    }

    /// The entry for a type where a thing of it stands.
    fn form(&self, ty: u32, form: Form) -> (u32, Made) {
        match (form, self.tree.shape(ty)) {
            (Form::Member, Shape::Pointer(_)) if self.tree.is_table(ty) => (ty, Made::Table),
            (Form::Member, shape) if self.is_followed(shape) => (ty, Made::Member),
            (Form::Element, shape) if self.is_followed(shape) => (ty, Made::Element),
            (Form::Element, Shape::Record) if self.has_pointers(ty) => (self.tree.unqualified(ty), Made::Element),
            _ => (ty, Made::Plain),
        }
    }

    /// The entry for the type of a function's result.
    fn result(&self, ty: u32) -> (u32, Made) {
        match self.tree.shape(ty) {
            Shape::Pointer(_) if self.context.returns_addresses => (ty, Made::Plain),
            _ => self.form(ty, Form::Element),
        }
    }

    /// Whether things of this shape are shown as native pointers.
    fn is_followed(&self, shape: Shape) -> bool {
        matches!(shape, Shape::Pointer(_)) || matches!(shape, Shape::Code(_)) && self.context.table.is_some()
    }

    /// Whether a type is that of floating-point numbers of 128 bits, which debuggers would take for others.
    fn is_quad(&self, index: usize) -> bool {
        let encoding = || self.tree.attribute(index, DW_AT_encoding);
        self.context.has_extended
            && self.tree.entries[index].tag == DW_TAG_base_type
            && self.tree.size(index as u32) == Some(16)
            && matches!(encoding(), Some(AttributeValue::Encoding(DW_ATE_float)))
    }

    /// Such a type, as a name of the one that gdb knows by its name. lldb knows none.
    fn quad(&mut self, index: usize) {
        let ty = index as u32;
        let mut draft = self.draft(DW_TAG_typedef);
        if let Some(name) = self.tree.attribute(index, DW_AT_name) {
            self.copy(&mut draft, index, DW_AT_name, name, None);
        }
        draft.reference(DW_AT_type, (ty, Made::Quad));
        draft.reference(DW_AT_abstract_origin, (ty, Made::Unknown));
        self.write_own(draft, index, false);
    }

    /// A type whose values are shown as numbers: what points to functions is an index in a table.
    fn number_type(&mut self, index: usize) {
        let ty = index as u32;
        let mut draft = self.draft(DW_TAG_typedef);
        let name = self.tree.name(self.context.source, self.unit, Some(ty));
        self.string(&mut draft, DW_AT_name, name.as_bytes());
        // One to a method has what is added to the object's address, too.
        let is_method = self.tree.entries[index].tag == DW_TAG_ptr_to_member_type
            && self
                .tree
                .type_of(index)
                .and_then(|ty| self.tree.resolve(ty))
                .is_some_and(|ty| self.tree.entries[ty].tag == DW_TAG_subroutine_type);
        draft.reference(DW_AT_type, (0, if is_method { Made::TwoWords } else { Made::Unsigned }));
        self.write_own(draft, index, false);
    }
}

/// Whether an attribute tells where code is.
fn is_about_code(name: DwAt) -> bool {
    matches!(name, DW_AT_low_pc | DW_AT_high_pc | DW_AT_ranges)
}

/// The member of a slice or `&str` that is the pointer.
const SLICE_DATA: &[u8] = b"data_ptr";
