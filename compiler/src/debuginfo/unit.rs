//! One unit: its tree of entries, copied. Code ranges and locations become native ([`super::code`], [`super::location`]),
//! pointers get the forms that [`super::types`] tells apart, and entries for these are added at the end.

#![allow(non_upper_case_globals)] // DWARF's own names

pub mod live;
mod pointers;
mod whole;

use super::Context;
use super::code::FunctionMap;
use super::location::{Expression, Location, Locator, Scope, Wanted};
use super::sections::{Buffer, UnitOutput};
use super::source::{SourceUnit, Unit, Value};
use super::types::{Form, Passed, Shape, Tree};
use crate::object::DebugKind;
use crate::symbols::Symbol;
use crate::translate::{self, Returned};
use foldhash::{HashMap, HashMapExt};
use gimli::constants::*;
use gimli::{AttributeValue, DwAt, DwForm, DwTag};
use pointers::Made;
use std::cell::RefCell;

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
        locator: Locator { context, unit },
        shift: lines.shift(context.version),
        functions: &functions,
        out: UnitOutput { source: tree.start, ..UnitOutput::default() },
        made: HashMap::new(),
        queue: Vec::new(),
        pending: Vec::new(),
        whole: Vec::new(),
        live: Vec::new(),
        pointers: Default::default(),
        native: Default::default(),
        spare: Draft::new(DW_TAG_null),
    };
    let has_code = |index, low| !copier.native_ranges(index, low, None).1.is_empty();
    copier.live = live::entries(unit, tree, &context.shared, has_code);
    copier.run();
    let mut out = copier.out;
    out.line = lines.write(&functions, context.version);
    out.entries.sort_unstable();
    out
}

/// A unit while it is copied.
struct Copier<'a, 'b> {
    context: &'b Context<'b, 'a>,
    source: &'b SourceUnit<'a>,
    unit: &'b Unit<'a>,
    tree: &'b Tree<'a>,
    locator: Locator<'b, 'a>,
    /// What is added to numbers of files.
    shift: i64,
    functions: &'b [&'b FunctionMap],
    out: UnitOutput,
    /// Where entries are in the output; source offset and kind.
    made: HashMap<(u32, Made), u32>,
    /// Entries to make.
    queue: Vec<(u32, Made)>,
    /// References to patch: place, source offset, kind.
    pending: Vec<(u32, u32, Made)>,
    /// Variables of which lldb has a view of its own, by index; where and of which type they are in it ([`whole`]).
    whole: Vec<(usize, Location, Made)>,
    /// By index, whether an entry is copied.
    live: Vec<bool>,
    /// Whether things of a type have pointers in them, as far as it was asked.
    pointers: RefCell<HashMap<u32, bool>>,
    /// The same for [`whole`].
    native: RefCell<HashMap<u32, bool>>,
    /// An empty one, with the room that another had.
    spare: Draft,
}

/// What a debugger's call of a function comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Calls {
    /// It works.
    Possible,
    /// It works for those who pass the instance.
    Instance,
    /// What the function expects is not what the debugger would pass. A parameter more makes every call one with too few.
    Incomplete,
    /// As before, and where its result is cannot be said either.
    Refused,
}

/// An entry before it is written.
struct Draft {
    tag: DwTag,
    shape: Vec<(DwAt, DwForm)>,
    data: Buffer,
    /// Place in the data, source offset, kind.
    references: Vec<(u32, u32, Made)>,
    /// Place in the data, offset in the source's `.debug_info`.
    foreign: Vec<(u32, usize)>,
}

impl Draft {
    fn new(tag: DwTag) -> Draft {
        Draft { tag, shape: Vec::new(), data: Buffer::default(), references: Vec::new(), foreign: Vec::new() }
    }

    fn reference(&mut self, name: DwAt, to: (u32, Made)) {
        self.shape.push((name, DW_FORM_ref4));
        self.references.push((self.data.len(), to.0, to.1));
        self.data.u32(0);
    }

    fn number(&mut self, name: DwAt, value: u64) {
        self.shape.push((name, DW_FORM_udata));
        self.data.uleb(value);
    }

    fn flag(&mut self, name: DwAt) {
        self.shape.push((name, DW_FORM_flag_present));
    }

    fn offset(&mut self, name: DwAt, kind: DebugKind, value: u32) {
        self.shape.push((name, DW_FORM_sec_offset));
        self.data.offset(kind, value);
    }

    fn address(&mut self, name: DwAt, native: u32) {
        self.shape.push((name, DW_FORM_addr));
        self.data.address(Symbol::Text, native.into());
    }

    fn expression(&mut self, name: DwAt, expression: &Expression) {
        self.shape.push((name, DW_FORM_exprloc));
        self.data.uleb(expression.buffer.len().into());
        let at = self.data.len();
        self.data.append(&expression.buffer);
        self.references.extend(expression.types.iter().map(|(place, ty)| (at + place, *ty, Made::Plain)));
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
        for (place, offset, made) in std::mem::take(&mut self.pending) {
            let target = self.made.get(&(offset, made)).or_else(|| self.made.get(&(0, Made::Missing)));
            let value = target.copied().unwrap_or(0);
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
        let mut draft = Draft::new(self.tree.entries[0].tag);
        for &(name, value) in self.tree.attributes(0) {
            match name {
                DW_AT_stmt_list => draft.offset(name, DebugKind::Line, 0),
                DW_AT_low_pc | DW_AT_high_pc | DW_AT_ranges => {}
                _ => self.copy(&mut draft, 0, name, value, None),
            }
        }
        // Ranges and locations in lists count from here.
        draft.address(DW_AT_low_pc, 0);
        let ranges: Vec<(u32, u32)> = self.functions.iter().map(|function| function.native).collect();
        self.ranges(&mut draft, &ranges);
        let children: Vec<usize> = self.tree.children(0).filter(|child| self.is_live(*child)).collect();
        self.write(draft, (self.tree.entries[0].offset, Made::Plain), !children.is_empty());
        if children.is_empty() {
            return;
        }
        for child in children {
            self.entry(child, None);
        }
        self.write_whole();
        while let Some((offset, made)) = self.queue.pop() {
            if !self.made.contains_key(&(offset, made)) {
                self.make(offset, made);
            }
        }
        let known = |(_, offset, made): &(u32, u32, Made)| self.made.contains_key(&(*offset, *made));
        if !self.pending.iter().all(known) {
            let mut draft = Draft::new(DW_TAG_unspecified_type);
            self.string(&mut draft, DW_AT_name, b"<unknown>");
            self.write(draft, (0, Made::Missing), false);
        }
        self.out.info.u8(0);
    }

    /// Writes an entry, to which references with this key lead; its children follow.
    fn write(&mut self, mut draft: Draft, key: impl Into<Option<(u32, Made)>>, children: bool) {
        let at = self.out.info.len();
        let code = self.out.abbreviations.code(draft.tag, children, &draft.shape);
        self.out.info.uleb(code.into());
        let data = self.out.info.len();
        self.out.info.append(&draft.data);
        if let Some(key) = key.into() {
            self.made.insert(key, at);
            if key.1 == Made::Plain {
                self.out.entries.push((key.0, at));
            }
        }
        for (place, offset, made) in draft.references.drain(..) {
            self.pending.push((data + place, offset, made));
            if !matches!(made, Made::Plain | Made::Variants | Made::This(_) | Made::Whole | Made::Place) {
                self.queue.push((offset, made));
            }
        }
        self.out.foreign.extend(draft.foreign.drain(..).map(|(place, to)| (data + place, to)));
        draft.shape.clear();
        draft.data.clear();
        self.spare = draft;
    }

    /// Adds a string. Not by index: valgrind 3.19 does not know the forms, and it would save 1 % of the program.
    fn string(&mut self, draft: &mut Draft, name: DwAt, text: &[u8]) {
        let id = self.out.strings.add(text);
        draft.shape.push((name, DW_FORM_strp));
        draft.data.string(id);
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

    /// Copies an entry and all below. Within a function, `function` is its code.
    fn entry(&mut self, index: usize, scope: Option<&Scope<'_>>) {
        let tree = self.tree;
        let entry = &tree.entries[index];
        let key = (entry.offset, Made::Plain);
        match entry.tag {
            // What is passed in calls is not known after translation.
            DW_TAG_call_site | DW_TAG_GNU_call_site => return,
            DW_TAG_ptr_to_member_type => return self.number_type(index),
            DW_TAG_pointer_type | DW_TAG_reference_type | DW_TAG_rvalue_reference_type
                if matches!(tree.shape(entry.offset), Shape::Code(_)) && self.context.table.is_none() =>
            {
                return self.number_type(index);
            }
            _ => {}
        }
        let mut draft = std::mem::replace(&mut self.spare, Draft::new(DW_TAG_null));
        draft.tag = entry.tag;
        let mut own = None;
        let mut dead = false;
        if let Some(low) = tree.attribute(index, DW_AT_low_pc).or(tree.attribute(index, DW_AT_ranges)) {
            let (function, ranges) = self.native_ranges(index, low, scope);
            match ranges.as_slice() {
                _ if entry.tag == DW_TAG_label => {
                    let position = self.label(low, scope);
                    position.into_iter().for_each(|position| draft.address(DW_AT_low_pc, position));
                }
                [] => dead = entry.tag != DW_TAG_lexical_block,
                [(start, end)] => {
                    draft.address(DW_AT_low_pc, *start);
                    draft.shape.push((DW_AT_high_pc, DW_FORM_data4));
                    draft.data.u32(end - start);
                }
                ranges => self.ranges(&mut draft, ranges),
            }
            own = function.map(|function| Scope { function, ranges });
        }
        let result = own.as_ref().filter(|_| entry.tag == DW_TAG_subprogram);
        let result = result.and_then(|own| self.result_type(tree.type_of(index)?, own.function));
        let scope = own.as_ref().or(scope);
        let calls = match entry.tag {
            DW_TAG_subprogram | DW_TAG_subroutine_type => self.calls(index),
            _ => Calls::Possible,
        };
        if calls == Calls::Refused {
            draft.number(DW_AT_calling_convention, DW_CC_nocall.0.into());
        }
        let split = self.split(index);
        if let Some(ty) = split {
            draft.reference(DW_AT_type, self.form(ty, Form::Element));
        }
        for &(name, value) in tree.attributes(index) {
            let is_set = calls == Calls::Refused && name == DW_AT_calling_convention
                || (split.is_some() || result.is_some()) && name == DW_AT_type;
            if !is_set && !matches!(name, DW_AT_low_pc | DW_AT_high_pc | DW_AT_ranges) {
                self.copy(&mut draft, index, name, value, scope);
            }
        }
        if entry.tag == DW_TAG_member && self.is_rust() && !tree.is_static(index) {
            let ty = tree.type_of(index);
            if ty.is_some_and(|ty| self.is_followed(tree.shape(ty))) {
                draft.reference(DW_AT_abstract_origin, (entry.offset, Made::Ghost));
            }
        }
        // The last one counts in lldb: the type can be that of another entry, too.
        if let Some(result) = result {
            draft.reference(DW_AT_type, result);
        }
        let whole = self.whole(index, scope).map(|location| (location, Made::Native));
        let whole = whole.or_else(|| Some((self.unlisted(index, scope)?, Made::Plain)));
        let is_whole = whole.is_some();
        if let Some((location, made)) = whole {
            draft.reference(DW_AT_abstract_origin, (entry.offset, Made::Whole));
            self.whole.push((index, location, made));
        }
        // Code that is not there has nothing in it.
        let children: Vec<usize> = match dead {
            true => Vec::new(),
            false => tree.children(index).filter(|child| self.is_live(*child)).collect(),
        };
        let instance = self.instance(index, calls, own.as_ref());
        let incomplete = matches!(calls, Calls::Incomplete | Calls::Instance) && !dead && instance.is_none();
        let has_children = incomplete || instance.is_some() || !children.is_empty();
        self.write(draft, key, has_children);
        if let Some(location) = instance {
            let mut draft = Draft::new(DW_TAG_formal_parameter);
            self.string(&mut draft, DW_AT_name, INSTANCE_NAME);
            draft.reference(DW_AT_type, (0, Made::Instance));
            self.location(&mut draft, DW_AT_location, location);
            self.write(draft, None, false);
        }
        for child in &children {
            self.entry(*child, scope);
        }
        if incomplete {
            let mut draft = Draft::new(DW_TAG_formal_parameter);
            draft.reference(DW_AT_type, (0, Made::Unsigned));
            self.write(draft, None, false);
        }
        if has_children {
            self.out.info.u8(0);
        }
        if is_whole {
            self.write_place(index);
        }
    }

    /// The type of a result that a function writes to memory, as debuggers are to see it.
    fn result_type(&self, ty: u32, function: &FunctionMap) -> Option<(u32, Made)> {
        match self.context.results.get(&function.wasm.start)? {
            // They would show what happens to be in the registers.
            None => Some((ty, Made::Unknown)),
            Some(Returned { words: Some(_), .. }) => Some((ty, Made::Native)),
            Some(Returned { by_address: true, .. }) => Some((ty, Made::InMemory)),
            // lldb knows nothing of parts that lie over each other in registers.
            Some(Returned { bytes: ..=16, .. }) if self.is_enumeration(ty) => Some((ty, Made::Result)),
            Some(_) => None,
        }
    }

    /// The type of a variable that is a structure with pointers and not in memory: gdb has an internal error where a member's
    /// address is computed from one that is not there.
    fn split(&self, index: usize) -> Option<u32> {
        if !matches!(self.tree.entries[index].tag, DW_TAG_variable | DW_TAG_formal_parameter) {
            return None;
        }
        let location = self.tree.attribute(index, DW_AT_location)?;
        let ty = self.tree.type_of(index)?;
        let is_record = self.tree.shape(ty) == Shape::Record && self.has_pointers(ty);
        (is_record && self.locator.has_value(location)).then_some(ty)
    }

    /// What a debugger's call of a function, or of one of a type, would come to.
    fn calls(&self, index: usize) -> Calls {
        let result = self.tree.type_of(index).map(|ty| self.tree.passed(ty));
        let parameter = |child| self.tree.type_of(child).is_some_and(|ty| self.tree.passed(ty) == Passed::Register);
        let mut fits = result != Some(Passed::Memory);
        for child in self.tree.children(index) {
            match self.tree.entries[child].tag {
                DW_TAG_formal_parameter => fits &= parameter(child),
                DW_TAG_unspecified_parameters => return Calls::Refused,
                _ => {}
            }
        }
        match result {
            Some(Passed::Other) => Calls::Refused,
            _ if !fits => Calls::Incomplete,
            _ if self.context.has_instance => Calls::Instance,
            _ => Calls::Possible,
        }
    }

    /// Where a function has the instance, if that is all that keeps debuggers from calling it: then it is shown as what it is, the
    /// first parameter.
    fn instance(&self, index: usize, calls: Calls, own: Option<&Scope<'_>>) -> Option<Location> {
        let has = |name| self.tree.attribute(index, name).is_some();
        if calls != Calls::Instance
            || self.tree.entries[index].tag != DW_TAG_subprogram
            || has(DW_AT_object_pointer)
            || has(DW_AT_specification)
            || has(DW_AT_abstract_origin)
        {
            return None;
        }
        let function = own?.function;
        let (start, end, place) = function.places(translate::INSTANCE, function.native.0, function.native.1).next()?;
        Some(Location::List(vec![(start, end, super::location::instance(place)?)]))
    }

    /// Native ranges of an entry with code; of a function, which it is.
    fn native_ranges<'f>(
        &self,
        index: usize,
        low: Value<'a>,
        scope: Option<&Scope<'f>>,
    ) -> (Option<&'f FunctionMap>, Vec<(u32, u32)>)
    where
        'b: 'f,
    {
        let wasm = self.source.ranges(&self.context.source.dwarf, index, low);
        let Some((start, _)) = wasm.first() else { return (None, Vec::new()) };
        let mut function = scope.map(|scope| scope.function);
        if self.tree.entries[index].tag == DW_TAG_subprogram {
            function = self.context.code.function(*start);
        }
        let Some(map) = function else { return (None, Vec::new()) };
        let mut ranges: Vec<(u32, u32)> = wasm.iter().flat_map(|(start, end)| map.ranges(*start, *end)).collect();
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
        self.tree.language() == Some(DW_LANG_Rust)
    }

    /// Whether a member is the pointer of a slice, as gdb sees it: by its name.
    fn is_slice_data(&self, member: usize) -> bool {
        self.is_rust()
            && self.tree.attribute(member, DW_AT_name).is_some_and(|name| self.text(name) == SLICE_DATA)
            && matches!(self.tree.type_of(member).map(|ty| self.tree.shape(ty)), Some(Shape::Pointer(_)))
    }

    /// What a variable's location is to give.
    fn wanted(&self, index: usize) -> Wanted {
        match self.tree.type_of(index).map(|ty| self.tree.shape(ty)) {
            Some(Shape::Pointer(_)) => Wanted::Pointer,
            Some(Shape::Code(_)) if self.context.table.is_some() => Wanted::Function,
            Some(Shape::Record | Shape::Array) => Wanted::Aggregate,
            _ => Wanted::Variable,
        }
    }

    /// Where lldb finds a variable that is in no function, if it does not by its list.
    fn unlisted(&self, index: usize, scope: Option<&Scope<'_>>) -> Option<Location> {
        let has = |name| self.tree.attribute(index, name).is_some();
        if scope.is_some()
            || self.tree.entries[index].tag != DW_TAG_variable
            || has(DW_AT_abstract_origin)
            || has(DW_AT_specification)
        {
            return None;
        }
        let value = self.tree.attribute(index, DW_AT_location)?;
        self.locator.unlisted(value, self.wanted(index)).map(Location::Expression)
    }

    /// The text of an attribute.
    fn text(&self, value: Value<'a>) -> &'a [u8] {
        self.context.source.dwarf.attr_string(self.unit, value).map_or(&[][..], |text| text.slice())
    }

    /// Whether a name for linkers is that of `main`. Names can be long: this reads but their start.
    fn is_main(&self, value: Value<'a>) -> bool {
        let place = self.string_place(value);
        let text = place.and_then(|place| self.context.source.strings.get(place..)).unwrap_or_default();
        MAINS.iter().any(|main| text.starts_with(main))
    }

    /// Where a string stands in the source's `.debug_str`.
    fn string_place(&self, value: Value<'a>) -> Option<usize> {
        match value {
            AttributeValue::DebugStrRef(place) => Some(place.0),
            AttributeValue::DebugStrOffsetsIndex(index) => {
                let offsets = &self.context.source.dwarf.debug_str_offsets;
                let format = self.unit.encoding().format;
                Some(offsets.get_str_offset(format, self.unit.str_offsets_base, index).ok()?.0)
            }
            _ => None,
        }
    }

    /// Copies one attribute.
    fn copy(&mut self, draft: &mut Draft, index: usize, name: DwAt, value: Value<'a>, scope: Option<&Scope<'_>>) {
        let tag = self.tree.entries[index].tag;
        match name {
            // Of the source's own sections, or about calls.
            DW_AT_sibling
            | DW_AT_stmt_list
            | DW_AT_str_offsets_base
            | DW_AT_addr_base
            | DW_AT_rnglists_base
            | DW_AT_loclists_base
            | DW_AT_GNU_addr_base
            | DW_AT_GNU_ranges_base
            | DW_AT_GNU_dwo_name
            | DW_AT_dwo_name
            | DW_AT_GNU_dwo_id
            | DW_AT_GNU_pubnames
            | DW_AT_GNU_pubtypes
            | DW_AT_macros
            | DW_AT_macro_info
            | DW_AT_GNU_macros
            | DW_AT_call_all_calls
            | DW_AT_call_all_source_calls
            | DW_AT_call_all_tail_calls
            | DW_AT_GNU_all_call_sites
            | DW_AT_GNU_all_tail_call_sites
            | DW_AT_GNU_all_source_call_sites
            | DW_AT_entry_pc
            | DW_AT_signature
            | DW_AT_start_scope
            | DW_AT_call_return_pc
            | DW_AT_call_pc
            | DW_AT_GNU_entry_view
            | DW_AT_GNU_locviews
            | DW_AT_segment
            | DW_AT_return_addr
            | DW_AT_static_link => {}
            DW_AT_location => {
                let bytes = self.tree.type_of(index).and_then(|ty| self.tree.size(ty)).unwrap_or(0);
                let location = self.locator.translate(value, scope, self.wanted(index)).complete(bytes);
                self.location(draft, name, location);
            }
            DW_AT_frame_base => {
                let location = self.locator.translate(value, scope, Wanted::FrameBase);
                self.location(draft, name, location);
            }
            DW_AT_type => {
                let mut form = type_form(tag, self.tree.is_static(index));
                if tag == DW_TAG_inheritance && self.comes_first(index) {
                    form = Form::Plain;
                }
                let is_result = matches!(tag, DW_TAG_subprogram | DW_TAG_subroutine_type);
                match self.tree.reference(value) {
                    Some(offset) if is_result => draft.reference(name, self.result(offset)),
                    Some(offset) if tag == DW_TAG_member && self.is_slice_data(index) => {
                        draft.reference(name, (offset, Made::Slice));
                    }
                    Some(offset) => draft.reference(name, self.form(offset, form)),
                    None => self.foreign(draft, name, value),
                }
            }
            DW_AT_byte_size
                if matches!(tag, DW_TAG_pointer_type | DW_TAG_reference_type | DW_TAG_rvalue_reference_type) =>
            {
                draft.number(name, 8);
            }
            // gdb learns from another attribute that a method is virtual; lldb would take it for a reason to give the class a
            // pointer of 8 bytes.
            DW_AT_virtuality if tag == DW_TAG_subprogram => {}
            // `main` has other names in wasm, which nobody knows.
            DW_AT_linkage_name if self.is_main(value) => {}
            // A pointer that is constant: null, or something that cannot be followed.
            DW_AT_const_value
                if self.tree.type_of(index).is_some_and(|ty| self.is_followed(self.tree.shape(ty)))
                    && value.udata_value() != Some(0)
                    && value.sdata_value() != Some(0) => {}
            DW_AT_decl_file | DW_AT_call_file => {
                let number = match value {
                    AttributeValue::FileIndex(number) => number,
                    value => value.udata_value().unwrap_or(0),
                };
                if let Some(number) = number.checked_add_signed(self.shift) {
                    draft.number(name, number);
                }
            }
            _ => self.copy_plain(draft, name, value, scope),
        }
    }

    /// Copies an attribute by its class alone.
    fn copy_plain(&mut self, draft: &mut Draft, name: DwAt, value: Value<'a>, scope: Option<&Scope<'_>>) {
        let mut put = |form: DwForm, bytes: &[u8]| {
            draft.shape.push((name, form));
            draft.data.bytes.extend_from_slice(bytes);
        };
        match value {
            AttributeValue::Data1(value) => put(DW_FORM_data1, &[value]),
            AttributeValue::Data2(value) => put(DW_FORM_data2, &value.to_le_bytes()),
            AttributeValue::Data4(value) => put(DW_FORM_data4, &value.to_le_bytes()),
            AttributeValue::Data8(value) => put(DW_FORM_data8, &value.to_le_bytes()),
            AttributeValue::Data16(value) if self.context.version >= 5 => put(DW_FORM_data16, &value.to_le_bytes()),
            AttributeValue::Data16(value) => {
                put(DW_FORM_block1, &[16]);
                draft.data.bytes.extend_from_slice(&value.to_le_bytes());
            }
            AttributeValue::Sdata(value) => {
                draft.shape.push((name, DW_FORM_sdata));
                draft.data.sleb(value);
            }
            AttributeValue::Udata(value) | AttributeValue::FileIndex(value) => draft.number(name, value),
            AttributeValue::Flag(true) => draft.flag(name),
            AttributeValue::Flag(false) => put(DW_FORM_flag, &[0]),
            AttributeValue::Block(block) => {
                draft.shape.push((name, DW_FORM_block));
                draft.data.uleb(block.len() as u64);
                draft.data.bytes.extend_from_slice(block.slice());
            }
            AttributeValue::Exprloc(_) => {
                // Offsets and bounds that are computed.
                if let Location::Expression(expression) = self.locator.translate(value, scope, Wanted::Variable) {
                    draft.expression(name, &expression);
                }
            }
            AttributeValue::UnitRef(_) | AttributeValue::DebugInfoRef(_) => match self.tree.reference(value) {
                Some(offset) => draft.reference(name, (offset, Made::Plain)),
                None => self.foreign(draft, name, value),
            },
            AttributeValue::Encoding(value) => draft.number(name, value.0.into()),
            AttributeValue::DecimalSign(value) => draft.number(name, value.0.into()),
            AttributeValue::Endianity(value) => draft.number(name, value.0.into()),
            AttributeValue::Accessibility(value) => draft.number(name, value.0.into()),
            AttributeValue::Visibility(value) => draft.number(name, value.0.into()),
            AttributeValue::Virtuality(value) => draft.number(name, value.0.into()),
            AttributeValue::Language(value) => draft.number(name, value.0.into()),
            AttributeValue::IdentifierCase(value) => draft.number(name, value.0.into()),
            AttributeValue::CallingConvention(value) => draft.number(name, value.0.into()),
            AttributeValue::Inline(value) => draft.number(name, value.0.into()),
            AttributeValue::Ordering(value) => draft.number(name, value.0.into()),
            AttributeValue::DebugStrRef(_) | AttributeValue::DebugStrOffsetsIndex(_) => {
                if let Some(place) = self.string_place(value) {
                    draft.shape.push((name, DW_FORM_strp));
                    draft.data.source_string(place);
                }
            }
            AttributeValue::DebugLineStrRef(_) | AttributeValue::String(_) => {
                if let Ok(text) = self.context.source.dwarf.attr_string(self.unit, value) {
                    self.string(draft, name, text.slice());
                }
            }
            _ => {}
        }
    }

    fn foreign(&mut self, draft: &mut Draft, name: DwAt, value: Value<'a>) {
        let AttributeValue::DebugInfoRef(offset) = value else { return };
        draft.shape.push((name, DW_FORM_ref_addr));
        draft.foreign.push((draft.data.len(), offset.0));
        draft.data.offset(DebugKind::Info, 0);
    }

    fn location(&mut self, draft: &mut Draft, name: DwAt, location: Location) {
        let version = self.context.version;
        match location {
            Location::None => {}
            Location::Expression(expression) => draft.expression(name, &expression),
            Location::List(rows) => {
                let list = &mut self.out.locations;
                draft.offset(name, if version >= 5 { DebugKind::LocLists } else { DebugKind::Loc }, list.len());
                for (start, end, expression) in rows {
                    let size = expression.buffer.len();
                    // Base types are named by an offset that is not known yet.
                    if !expression.types.is_empty() || u16::try_from(size).is_err() {
                        continue;
                    }
                    list.range(version, (start, end));
                    if version >= 5 {
                        list.uleb(size.into());
                    } else {
                        list.u16(size as u16);
                    }
                    list.append(&expression.buffer);
                }
                list.end_of_list(version);
            }
        }
    }

    /// Whether a thing of a type has pointers in it, other than in arrays.
    fn has_pointers(&self, offset: u32) -> bool {
        self.tree.has_pointers(offset, &mut self.pointers.borrow_mut())
    }

    /// The entry for a type where a thing of it stands.
    fn form(&self, offset: u32, form: Form) -> (u32, Made) {
        match (form, self.tree.shape(offset)) {
            (Form::Member, shape) if self.is_followed(shape) => (offset, Made::Member),
            (Form::Element, shape) if self.is_followed(shape) => (offset, Made::Element),
            (Form::Element, Shape::Record) if self.has_pointers(offset) => {
                (self.tree.unqualified(offset), Made::Element)
            }
            _ => (offset, Made::Plain),
        }
    }

    /// Whether a base is where its class begins.
    fn comes_first(&self, index: usize) -> bool {
        let place = self.tree.attribute(index, DW_AT_data_member_location);
        place.and_then(|place| place.udata_value()) == Some(0) && self.tree.attribute(index, DW_AT_virtuality).is_none()
    }

    /// The entry for the type of a function's result.
    fn result(&self, offset: u32) -> (u32, Made) {
        match self.tree.shape(offset) {
            Shape::Pointer(_) if self.context.returns_addresses => (offset, Made::Plain),
            _ => self.form(offset, Form::Element),
        }
    }

    /// Whether things of this shape are shown as native pointers.
    fn is_followed(&self, shape: Shape) -> bool {
        matches!(shape, Shape::Pointer(_)) || matches!(shape, Shape::Code(_)) && self.context.table.is_some()
    }

    /// A type whose values are shown as numbers: what points to functions is an index in a table.
    fn number_type(&mut self, index: usize) {
        let offset = self.tree.entries[index].offset;
        let mut draft = Draft::new(DW_TAG_typedef);
        let name = self.tree.name(self.context.source, self.unit, Some(offset));
        self.string(&mut draft, DW_AT_name, name.as_bytes());
        draft.reference(DW_AT_type, (0, Made::Unsigned));
        self.write(draft, (offset, Made::Plain), false);
    }
}

/// The name of a function's first parameter, where that is an instance.
const INSTANCE_NAME: &[u8] = b"wasm_instance";

/// The names that clang gives `main` in wasm.
const MAINS: [&[u8]; 2] = [b"__main_argc_argv\0", b"__original_main\0"];

/// The member of a slice or `&str` that is the pointer.
const SLICE_DATA: &[u8] = b"data_ptr";

/// The form of the type of an entry.
fn type_form(tag: DwTag, is_static: bool) -> Form {
    match tag {
        DW_TAG_member if is_static => Form::Plain,
        DW_TAG_member | DW_TAG_pointer_type | DW_TAG_reference_type | DW_TAG_rvalue_reference_type => Form::Member,
        // gdb 13 has an internal error where a base that does not come first has members with a computed address.
        DW_TAG_array_type | DW_TAG_subprogram | DW_TAG_subroutine_type | DW_TAG_inheritance => Form::Element,
        _ => Form::Plain,
    }
}
