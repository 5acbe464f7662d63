//! The C interface of a module: which C names its exports and imports have, and the header that declares them. [`Api`] is
//! what `layout` names symbols by and [`text()`] prints, so that both agree.
//!
//! Names (docs/embedding.md): in an export's name, each character that cannot be in a C identifier becomes `_`; where the result, or a name
//! that is derived from it, is taken by an earlier export or the interface itself, `_2`, `_3`, ... is appended until all
//! are free. Imports are `MODULE_NAME`, by the same rule. Names that C, C++ and their headers have are taken (`words`), and a
//! name that could be a macro, or is the compiler's by its form, gets an `x_`. So no two things of a module have the same name, and the
//! names depend on nothing but the module.

mod text;
mod words;

pub use text::text;
pub use words::is_reserved;

use crate::error::{Error, Result};
use crate::module::{Export, ImportDeclaration, ItemKind, Module};
use crate::options::Handle;
use std::collections::HashSet;
use wasmaot_abi::wasip1;
use wasmparser::{FuncType, ValType};

/// The C names of a module's exports and imports.
#[derive(Debug)]
pub struct Api<'a, 'data> {
    /// The module.
    pub module: &'a Module<'data>,
    /// What every name begins with, followed by `_`.
    pub name: &'a str,
    /// Functions that it imports are bound at link time.
    pub link_imports: bool,
    /// Exports, in order.
    pub exports: Vec<ApiExport<'data>>,
    /// Imports that the host gives, in order.
    pub imports: Vec<ApiImport<'data>>,
}

/// An export of the C interface.
#[derive(Debug)]
pub struct ApiExport<'data> {
    /// The export.
    pub declared: Export<'data>,
    /// Its C name, after the module's.
    pub name: String,
    /// The name of the function with cells.
    pub cells: String,
    /// A function that C calls directly: no vectors, at most one result.
    pub is_simple: bool,
}

/// An import of the C interface.
#[derive(Debug)]
pub struct ApiImport<'data> {
    /// The import.
    pub declared: ImportDeclaration<'data>,
    /// Its name in the structure of imports.
    pub name: String,
    /// Its byte offset there.
    pub place: u32,
}

/// What the interface itself declares.
const TAKEN: &[&str] = &["module", "instance", "imports", "new", "delete", "WASMAOT_H"];

impl<'a, 'data> Api<'a, 'data> {
    /// The interface of a module.
    pub fn of(module: &'a Module<'data>, handle: &'a Handle) -> Result<Api<'a, 'data>> {
        let own = ["instance", "imports", "WASMAOT_H"].map(|name| format!("{}_{name}", handle.name));
        let mut taken: HashSet<String> = own.into_iter().chain(["context".to_owned()]).collect();
        let mut imports = Vec::new();
        // The context of all functions is the first field.
        let mut place = 8;
        for import in module.imports.iter().filter(|import| import.module != wasip1::MODULE) {
            let function = import.kind == ItemKind::Function;
            let derived: &[(&str, &str)] = if function { &[("", ""), ("", "_context")] } else { &[("", "")] };
            let wanted = format!("{}_{}", word(import.module), identifier(import.name));
            let wanted = if words::is_macro(&wanted) || is_reserved(&wanted) { format!("x_{wanted}") } else { wanted };
            let name = claim(&mut taken, words::is_word, wanted, derived);
            imports.push(ApiImport { declared: *import, name, place });
            place += if function { 16 } else { 8 };
        }
        let mut taken: HashSet<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
        if handle.link_imports {
            taken.extend(imports.iter().map(|import: &ApiImport<'_>| format!("import_{}", import.name)));
        }
        let mut exports = Vec::with_capacity(module.exports.len());
        for export in &module.exports {
            let derived: &[(&str, &str)] = match export.kind {
                ItemKind::Function => &[("", ""), ("try_", ""), ("cells_", ""), ("", "_results")],
                ItemKind::Global => &[("", ""), ("get_", ""), ("set_", "")],
                ItemKind::Memory | ItemKind::Table => &[("", "")],
            };
            let wanted = identifier(export.name);
            let whole = |name: &str| format!("{}_{name}", handle.name);
            let wanted = if words::is_macro(&whole(&wanted)) { format!("x_{wanted}") } else { wanted };
            let name = claim(&mut taken, |name| words::is_word(&whole(name)), wanted, derived);
            let is_simple = match export.kind {
                ItemKind::Function => is_simple(function_type(module, export.index)?),
                _ => false,
            };
            let cells = format!("cells_{name}");
            exports.push(ApiExport { declared: *export, name, cells, is_simple });
        }
        Ok(Api { module, name: &handle.name, link_imports: handle.link_imports, exports, imports })
    }

    /// The link symbol of an import that is bound at link time.
    pub fn linked(&self, import: &ApiImport<'_>) -> Option<String> {
        let function = import.declared.kind == ItemKind::Function;
        (self.link_imports && function).then(|| format!("{}_import_{}", self.name, import.name))
    }

    /// The link symbol of a name.
    pub fn symbol(&self, name: &str) -> String {
        format!("{}_{name}", self.name)
    }
}

/// A name with what C does not allow in identifiers replaced.
fn identifier(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

/// The first of `wanted`, `wanted_2`, ... of which every derived name (before and after it) is free.
fn claim(
    taken: &mut HashSet<String>,
    is_word: impl Fn(&str) -> bool,
    wanted: String,
    derived: &[(&str, &str)],
) -> String {
    for number in 1u32.. {
        let name = if number == 1 { wanted.clone() } else { format!("{wanted}_{number}") };
        let all: Vec<String> = derived.iter().map(|(before, after)| format!("{before}{name}{after}")).collect();
        if all.iter().all(|name| !taken.contains(name) && !is_word(name)) {
            taken.extend(all);
            return name;
        }
    }
    wanted
}

/// The type of a function.
fn function_type<'a>(module: &'a Module<'_>, index: u32) -> Result<&'a FuncType> {
    module.function_type(index).ok_or_else(|| Error::internal(format!("no function {index}")))
}

/// Whether C can call a function of this type, or be called with it, without cells.
pub fn is_simple(ty: &FuncType) -> bool {
    ty.results().len() <= 1 && !ty.params().iter().chain(ty.results()).any(|ty| *ty == ValType::V128)
}

/// A name as an identifier that does not begin with a digit.
fn word(name: &str) -> String {
    let name = identifier(name);
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// The name of a module that has none: the stem of its file, as an identifier that is not the compiler's.
pub fn module_name(stem: &str) -> String {
    let name = word(stem);
    if is_reserved(&name) { format!("m{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_collide() {
        let mut taken = HashSet::from(["new".to_owned()]);
        let function = [("", ""), ("try_", "")];
        let mut claim = |name: &str| claim(&mut taken, words::is_word, identifier(name), &function);
        assert_eq!(claim("new"), "new_2");
        assert_eq!(claim("a-b"), "a_b");
        assert_eq!(claim("a.b"), "a_b_2");
        assert_eq!(claim("a_b_2"), "a_b_2_2");
        // `try_a_b` and `try_a_b_2` are derived from exports.
        assert_eq!(claim("try_a_b"), "try_a_b_3");
        assert_eq!(claim("\u{e9}"), "_");
        assert_eq!(claim(""), "__2");
        assert_eq!(module_name("7zip-1.0"), "_7zip_1_0");
        assert_eq!(module_name("_Static"), "m_Static");
    }
}
