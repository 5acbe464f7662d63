//! Attributes of entries, copied: by their name where that means something else natively, else by their class. The third part of
//! [`Copier`].

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::dispatcher;
use super::super::location::{Expression, Location, Scope, Wanted};
use super::super::sections::StringId;
use super::super::source::{MAINS, Value};
use super::super::types::{Form, Shape};
use super::pointers::Made;
use super::{Copier, Draft};
use crate::object::DebugKind;
use gimli::constants::*;
use gimli::{AttributeValue, DwAt, DwTag};

impl<'a> Copier<'a, '_> {
    /// Whether a name for linkers is that of `main`. Names can be long: this reads but their start.
    fn is_main(&self, value: Value<'a>) -> bool {
        let place = self.string_place(value);
        let text = place.and_then(|place| self.context.source.strings.get(place..)).unwrap_or_default();
        MAINS.iter().any(|main| text.strip_prefix(main.as_bytes()).is_some_and(|rest| rest.first() == Some(&0)))
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
    pub(super) fn copy(
        &mut self,
        draft: &mut Draft,
        index: usize,
        name: DwAt,
        value: Value<'a>,
        scope: Option<&Scope<'_>>,
    ) {
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
                let location = self.located(index, value, scope);
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
                if tag == DW_TAG_member && self.is_in_unnamed(index) {
                    form = Form::Element;
                }
                let is_result = matches!(tag, DW_TAG_subprogram | DW_TAG_subroutine_type);
                match self.tree.reference(value) {
                    Some(ty) if is_result => draft.reference(name, self.result(ty)),
                    Some(ty) if tag == DW_TAG_member && self.is_slice_data(index) => {
                        draft.reference(name, (ty, Made::Slice));
                    }
                    Some(ty) if form == Form::Member && tag == DW_TAG_member && self.is_number_reference(index) => {
                        draft.reference(name, (ty, Made::Number(0)));
                    }
                    Some(ty) => draft.reference(name, self.form(ty, form)),
                    None => {
                        let is_native = is_result && self.context.returns_addresses;
                        let is_pointer = || matches!(self.tree.shape_of(index), Some(Shape::Pointer(_)));
                        let form = if is_native && is_pointer() { Form::Plain } else { form };
                        self.foreign(draft, name, value, form);
                    }
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
            // Not a location, but a number.
            DW_AT_vtable_elem_location if matches!(value, AttributeValue::Exprloc(_)) => {
                if let Some(slot) = dispatcher::slot(self.unit, self.tree, index) {
                    let mut expression = Expression::default();
                    expression.buffer.u8(DW_OP_constu.0);
                    expression.buffer.uleb(slot.into());
                    draft.expression(name, &expression);
                }
            }
            // `main` has other names in wasm, which nobody knows.
            DW_AT_linkage_name if self.is_main(value) => {}
            // A pointer that is constant: null, or something that cannot be followed.
            DW_AT_const_value
                if self.tree.shape_of(index).is_some_and(|shape| self.is_followed(shape))
                    && value.udata_value() != Some(0)
                    && value.sdata_value() != Some(0) => {}
            // gdb computes parts of a constant as if it were in memory.
            DW_AT_const_value if self.tree.type_of(index).is_some_and(|ty| self.parts_of(ty).variants) => {}
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
        match value {
            AttributeValue::Data1(value) => draft.bytes(name, DW_FORM_data1, [value]),
            AttributeValue::Data2(value) => draft.bytes(name, DW_FORM_data2, value.to_le_bytes()),
            AttributeValue::Data4(value) => draft.bytes(name, DW_FORM_data4, value.to_le_bytes()),
            AttributeValue::Data8(value) => draft.bytes(name, DW_FORM_data8, value.to_le_bytes()),
            AttributeValue::Data16(value) if self.context.version >= 5 => {
                draft.bytes(name, DW_FORM_data16, value.to_le_bytes());
            }
            AttributeValue::Data16(value) => {
                draft.bytes(name, DW_FORM_block1, [16]);
                draft.data.bytes.extend_from_slice(&value.to_le_bytes());
            }
            AttributeValue::Sdata(value) => {
                draft.shape.push(name, DW_FORM_sdata);
                draft.data.sleb(value);
            }
            AttributeValue::Udata(value) | AttributeValue::FileIndex(value) => draft.number(name, value),
            AttributeValue::Flag(true) => draft.flag(name),
            AttributeValue::Flag(false) => draft.bytes(name, DW_FORM_flag, [0]),
            AttributeValue::Block(block) => {
                draft.shape.push(name, DW_FORM_block);
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
                Some(ty) => draft.reference(name, (ty, Made::Plain)),
                None => self.foreign(draft, name, value, Form::Plain),
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
                if let Some(id) = self.string_place(value).and_then(StringId::of_source) {
                    draft.string(name, id);
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

    pub(super) fn foreign(&mut self, draft: &mut Draft, name: DwAt, value: Value<'a>, form: Form) {
        let AttributeValue::DebugInfoRef(offset) = value else { return };
        draft.shape.push(name, DW_FORM_ref_addr);
        draft.foreign.push((draft.data.len(), offset.0, form));
        draft.data.offset(DebugKind::Info, 0);
    }

    pub(super) fn location(&mut self, draft: &mut Draft, name: DwAt, location: Location) {
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
}

/// The form of the type of an entry.
pub(super) fn type_form(tag: DwTag, is_static: bool) -> Form {
    match tag {
        DW_TAG_member if is_static => Form::Plain,
        DW_TAG_member | DW_TAG_pointer_type | DW_TAG_reference_type | DW_TAG_rvalue_reference_type => Form::Member,
        // gdb 13 has an internal error where a base that does not come first has members with a computed address.
        DW_TAG_array_type | DW_TAG_subprogram | DW_TAG_subroutine_type | DW_TAG_inheritance => Form::Element,
        _ => Form::Plain,
    }
}
