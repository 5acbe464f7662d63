//! A parsed core module, as plain data: what the sections say, borrowed from the bytes. Function bodies are still
//! bytes; each carries what its validation needs, so that bodies can be validated on any thread.

use std::collections::HashMap;
use wasmparser::{
    ConstExpr, FuncToValidate, FuncType, FunctionBody, GlobalType, MemoryType, RefType, TableType, ValidatorResources,
};

/// A core module.
#[derive(Debug, Default)]
pub struct Module<'data> {
    /// Name from the name section.
    pub name: Option<&'data str>,
    /// Function types by type index; `None` for types that are no function types.
    pub types: Vec<Option<FuncType>>,
    /// Imports in order.
    pub imports: Vec<ImportDeclaration<'data>>,
    /// Type index of every function, imported ones first.
    pub functions: Vec<u32>,
    /// Number of imported functions.
    pub imported_functions: u32,
    /// Every table, imported ones first.
    pub tables: Vec<Table<'data>>,
    /// Number of imported tables.
    pub imported_tables: u32,
    /// Every memory, imported ones first.
    pub memories: Vec<MemoryType>,
    /// Number of imported memories.
    pub imported_memories: u32,
    /// Every global, imported ones first.
    pub globals: Vec<Global<'data>>,
    /// Number of imported globals.
    pub imported_globals: u32,
    /// Exports in order.
    pub exports: Vec<Export<'data>>,
    /// The start function.
    pub start: Option<u32>,
    /// Element segments.
    pub elements: Vec<ElementSegment<'data>>,
    /// Data segments.
    pub data: Vec<DataSegment<'data>>,
    /// Bodies of the functions that are not imported.
    pub bodies: Vec<Body<'data>>,
    /// Function names of the name section.
    pub function_names: HashMap<u32, &'data str>,
    /// Offset of the code section's content in the file: what addresses in the module's own DWARF are relative to.
    pub code_start: u32,
    /// Custom sections of debug information, by name (`.debug_info`, ...), and what points to it.
    pub debug: Vec<(&'data str, &'data [u8])>,
    /// Branch hints (proposal "branch hinting"): by function, sorted by byte offset in the body; `true` is likely.
    pub branch_hints: HashMap<u32, Vec<(u32, bool)>>,
}

/// An import.
#[derive(Clone, Copy, Debug)]
pub struct ImportDeclaration<'data> {
    /// Module name.
    pub module: &'data str,
    /// Name in it.
    pub name: &'data str,
    /// What it must be.
    pub kind: ItemKind,
    /// Its index in the module's index space of that kind.
    pub index: u32,
}

/// Kinds of imports and exports.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum ItemKind {
    Function,
    Table,
    Memory,
    Global,
}

/// An export.
#[derive(Clone, Copy, Debug)]
pub struct Export<'data> {
    /// Its name.
    pub name: &'data str,
    /// What it is.
    pub kind: ItemKind,
    /// Index in the module's index space of that kind.
    pub index: u32,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table<'data> {
    /// Its type.
    pub ty: TableType,
    /// Initial value of its elements; null without.
    pub init: Option<ConstExpr<'data>>,
}

/// A global.
#[derive(Clone, Debug)]
pub struct Global<'data> {
    /// Its type.
    pub ty: GlobalType,
    /// Initial value; none for imports.
    pub init: Option<ConstExpr<'data>>,
}

/// An element segment.
#[derive(Clone, Debug)]
pub struct ElementSegment<'data> {
    /// Active: table and offset.
    pub active: Option<(u32, ConstExpr<'data>)>,
    /// Neither active nor passive.
    pub declared: bool,
    /// Element type.
    pub ty: RefType,
    /// The elements.
    pub items: ElementItems<'data>,
}

/// Items of an element segment.
#[derive(Clone, Debug)]
pub enum ElementItems<'data> {
    /// Function indices.
    Functions(Vec<u32>),
    /// Constant expressions.
    Expressions(Vec<ConstExpr<'data>>),
}

/// A data segment.
#[derive(Clone, Debug)]
pub struct DataSegment<'data> {
    /// Active: memory and offset.
    pub active: Option<(u32, ConstExpr<'data>)>,
    /// The bytes.
    pub bytes: &'data [u8],
}

/// A function body with what validates it.
pub struct Body<'data> {
    /// Locals and operators.
    pub body: FunctionBody<'data>,
    /// Input of the function validator.
    pub to_validate: FuncToValidate<ValidatorResources>,
}

impl Body<'_> {
    /// What makes a validator of this body.
    pub fn to_validate(&self) -> FuncToValidate<ValidatorResources> {
        let FuncToValidate { resources, index, ty, features } = &self.to_validate;
        FuncToValidate { resources: resources.clone(), index: *index, ty: *ty, features: *features }
    }
}

impl std::fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({:?})", self.body.range())
    }
}

impl<'data> Module<'data> {
    /// Type of a function. `None` only for indices that validation refuses.
    pub fn function_type(&self, function: u32) -> Option<&FuncType> {
        let index = *self.functions.get(function as usize)?;
        self.types.get(index as usize)?.as_ref()
    }

    /// The export of this name.
    pub fn export(&self, name: &str) -> Option<&Export<'data>> {
        self.exports.iter().find(|export| export.name == name)
    }

    /// What functions are called: by the name section, else by an export, else by number.
    pub fn shown_names(&self) -> impl Fn(u32) -> String + '_ {
        let functions = self.exports.iter().filter(|export| export.kind == ItemKind::Function);
        let exports: HashMap<u32, &str> = functions.map(|export| (export.index, export.name)).collect();
        move |function| match (self.function_name(function), exports.get(&function)) {
            (Some(name), _) if !name.is_empty() => name.to_owned(),
            (_, Some(name)) => (*name).to_owned(),
            (_, None) => format!("function[{function}]"),
        }
    }

    /// Name of a function in the name section.
    pub fn function_name(&self, function: u32) -> Option<&'data str> {
        self.function_names.get(&function).copied()
    }
}
