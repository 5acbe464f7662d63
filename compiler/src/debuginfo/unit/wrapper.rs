//! The classes that stand for pointers in memory in lldb: what they are called, and their methods. Which casts there are is told by
//! [`super::casts`].

#![allow(non_upper_case_globals)] // DWARF's own names

use super::super::follower;
use super::super::types::Shape;
use super::Copier;
use super::pointers::Made;
use gimli::constants::*;
use std::rc::Rc;

impl Copier<'_, '_> {
    /// The class that stands for a pointer in memory in lldb. Its methods are in a base: of a class that it knows by an array only, lldb
    /// looks for conversions in bases, but not in the class.
    pub(super) fn wrapper(&mut self, ty: u32) {
        let mut draft = self.draft(DW_TAG_structure_type);
        let class = self.class_name(ty);
        self.string(&mut draft, DW_AT_name, class.as_bytes());
        draft.number(DW_AT_byte_size, self.unit.encoding().address_size.into());
        self.write(draft, (ty, Made::Wrapper), true);
        let mut draft = self.draft(DW_TAG_inheritance);
        draft.reference(DW_AT_type, (ty, Made::Converter));
        draft.number(DW_AT_data_member_location, 0);
        self.write(draft, None, false);
        let mut draft = self.draft(DW_TAG_member);
        self.string(&mut draft, DW_AT_name, b"offset");
        draft.reference(DW_AT_type, (0, Made::Unsigned));
        draft.number(DW_AT_data_member_location, 0);
        self.write(draft, None, false);
        let is_code = matches!(self.tree.shape(ty), Shape::Code(_));
        if !is_code && self.context.followers.iter().any(|name| name == follower::ASSIGN) {
            let own = (ty, Made::Plain);
            let this = (ty, Made::This(u16::MAX));
            self.method((b"operator=", follower::ASSIGN), own, (this, (ty, Made::WrapperPointer)), Some(own), false);
        }
        self.out.info.u8(0);
    }

    /// A method of a class that only lldb knows, by its name and the function that it calls: its result, the parameter `this` and its
    /// type, the other parameter.
    fn method(
        &mut self,
        (name, function): (&[u8], &str),
        result: (u32, Made),
        (this, class): ((u32, Made), (u32, Made)),
        parameter: Option<(u32, Made)>,
        explicit: bool,
    ) {
        let mut draft = self.draft(DW_TAG_subprogram);
        self.string(&mut draft, DW_AT_name, name);
        self.string(&mut draft, DW_AT_linkage_name, function.as_bytes());
        draft.reference(DW_AT_type, result);
        draft.flag(DW_AT_external);
        draft.flag(DW_AT_declaration);
        if explicit {
            draft.flag(DW_AT_explicit);
        }
        draft.reference(DW_AT_object_pointer, this);
        self.write(draft, None, true);
        let mut draft = self.draft(DW_TAG_formal_parameter);
        draft.reference(DW_AT_type, class);
        draft.flag(DW_AT_artificial);
        self.write(draft, this, false);
        if let Some(parameter) = parameter {
            let mut draft = self.draft(DW_TAG_formal_parameter);
            draft.reference(DW_AT_type, parameter);
            self.write(draft, None, false);
        }
        self.out.info.u8(0);
    }

    /// Its base, with methods that the runtime has.
    pub(super) fn converter(&mut self, ty: u32, target: Option<u32>) {
        let name = self.c_name(ty);
        let mut draft = self.draft(DW_TAG_structure_type);
        let class = format!("to {}", self.class_name(ty));
        // gdb, which is to know nothing of it, does not look in here.
        let procedure = self.draft(DW_TAG_dwarf_procedure);
        self.write(procedure, None, true);
        self.string(&mut draft, DW_AT_name, class.as_bytes());
        draft.number(DW_AT_byte_size, 1);
        self.write(draft, (ty, Made::Converter), true);
        let code = matches!(self.tree.shape(ty), Shape::Code(_));
        let follower = if code { follower::FUNCTION } else { follower::NAME };
        if self.context.followers.iter().any(|name| name == follower) {
            let own = (ty, Made::Plain);
            let mut methods = vec![(format!("operator {name}"), own, false)];
            methods.extend((target.is_some() && !code).then(|| ("operator->".to_owned(), own, false)));
            methods.extend(self.casts(ty).into_iter().map(|to| (format!("operator to{}", to.0), to, true)));
            for (number, (method, result, is_cast)) in methods.into_iter().enumerate() {
                let this = (ty, Made::This(number as u16));
                let class = (ty, Made::ConverterPointer);
                self.method((method.as_bytes(), follower), result, (this, class), None, is_cast);
            }
        }
        self.out.info.u8(0);
        self.out.info.u8(0);
    }

    /// The name of the class that stands for a pointer in memory in lldb, made once: that of the pointer, but spelled as lldb does not
    /// spell pointers. By names it remembers how to show things, and it takes what is called `char*` for text.
    pub(super) fn class_name(&self, ty: u32) -> Rc<str> {
        let ty = self.tree.underlying(ty).unwrap_or(ty);
        let mut known = self.class_names.borrow_mut();
        known.entry(ty).or_insert_with(|| class_name(&self.c_name(ty)).into()).clone()
    }
}

/// The name of the class for a pointer that C would write so.
fn class_name(name: &str) -> String {
    let words: Vec<&str> = name.split(' ').filter(|word| !matches!(*word, "struct" | "union" | "enum")).collect();
    let name = words.join(" ").replace(" *", "*").replace(" &", "&").replace(" (*", "(*");
    match name.strip_suffix("char*") {
        Some(sign @ ("" | "signed " | "unsigned ")) => format!("{sign}char  *"),
        _ => name,
    }
}
