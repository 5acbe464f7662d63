//! What the host can reach of an instance, with types: the library compares these when one instance imports from another
//! (handle model).

use super::writer::Writer;
use super::{Descriptor, GlobalLocation, InstanceLayout};
use crate::error::{Error, Result};
use crate::module::{Export, ItemKind, Module};
use crate::symbols::{DataId, FunctionId, Symbol};
use crate::types::{SignatureId, Signatures};
use std::collections::{BTreeSet, HashMap, HashSet};
use wasmaot_abi::embed::{self as abi, value_kind as kind};
use wasmparser::{AbstractHeapType, HeapType, UnpackedIndex, ValType};

/// What the host can reach.
#[derive(Debug, Default)]
pub struct Exports {
    /// Code, its type, and whether it is called with cells.
    pub functions: BTreeSet<(FunctionId, SignatureId, bool)>,
    /// Where items are, and the rest of their rows.
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    data: DataId,
    offset: u32,
    kind: u32,
    flags: u32,
    ty: ValType,
    /// Of which module of the program the type is.
    module: u32,
}

impl Exports {
    /// Notes a memory, table or global. What is itself imported is not the instance's own.
    pub fn item(
        &mut self,
        (module, number): (&Module<'_>, u32),
        layout: &InstanceLayout,
        export: &Export<'_>,
        global: Option<GlobalLocation>,
    ) {
        let own = |descriptor: Descriptor| match descriptor {
            Descriptor::Own(id) => Some((id, 0)),
            Descriptor::Imported(..) => None,
        };
        let index = export.index as usize;
        let bit = |set: bool, bit: u32| if set { bit } else { 0 };
        let (place, flags, ty) = match export.kind {
            ItemKind::Function => return,
            ItemKind::Memory => (own(layout.memories[index].descriptor), 0, ValType::I32),
            ItemKind::Table => {
                let ty = module.tables[index].ty;
                let place = layout.tables[index].descriptor().and_then(own);
                (place, bit(ty.table64, abi::IMPORT_64), ValType::Ref(ty.element_type))
            }
            ItemKind::Global => {
                let ty = module.globals[index].ty;
                let place = match global {
                    Some(GlobalLocation::Variable(data, offset)) => Some((data, offset)),
                    _ => None,
                };
                (place, bit(ty.mutable, abi::IMPORT_MUTABLE), ty.content_type)
            }
        };
        if let Some((data, offset)) = place {
            let kind = import_kind(export.kind);
            self.items.push(Item { data, offset, kind, flags, ty, module: number });
        }
    }

    /// The rows of the functions.
    pub fn function_rows(&self, types: &Types<'_>) -> Writer {
        let mut rows = Writer::default();
        for (code, ty, cells) in &self.functions {
            rows.pointer(Some(Symbol::Function(*code))).u32(types.plain(*ty));
            rows.u32(if *cells { abi::IMPORT_CELLS } else { 0 });
        }
        rows
    }

    /// The rows of the items, given the places of data objects in the block.
    pub fn item_rows(&self, types: &Types<'_>, place: impl Fn(DataId) -> Result<u32>) -> Result<Writer> {
        let mut rows = Writer::default();
        for item in &self.items {
            rows.u32(place(item.data)? + item.offset).u32(item.kind).u32(item.flags);
            let ty = types.value(item.module, item.ty)?;
            rows.u32(ty.kind).u32(ty.function);
        }
        Ok(rows)
    }
}

/// The ABI's number of a kind.
pub fn import_kind(kind: ItemKind) -> u32 {
    match kind {
        ItemKind::Function => abi::import_kind::FUNCTION,
        ItemKind::Table => abi::import_kind::TABLE,
        ItemKind::Memory => abi::import_kind::MEMORY,
        ItemKind::Global => abi::import_kind::GLOBAL,
    }
}

/// Types as other modules can be told them.
#[derive(Debug)]
pub struct Types<'a> {
    signatures: &'a Signatures,
    /// Index of the text without mention of tail calls, of types whose own text has it.
    plain: HashMap<SignatureId, u32>,
}

impl<'a> Types<'a> {
    /// The types of a program, of which some are called with the `tail` convention.
    pub fn new(signatures: &'a Signatures, tail: &HashSet<SignatureId>) -> Types<'a> {
        let mut tail: Vec<SignatureId> = tail.iter().copied().collect();
        tail.sort();
        let plain = tail.into_iter().zip(signatures.len() as u32..).collect();
        Types { signatures, plain }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.signatures.len() + self.plain.len()
    }

    /// The texts by which the library tells types apart, each followed by NUL but the last. How references of a type are
    /// called is part of it: modules that do not agree on that must not call each other through them. Exported functions
    /// are all called alike.
    pub fn texts(&self) -> Result<String> {
        let mut texts = self.signatures.texts()?;
        texts.resize(self.len(), String::new());
        for (SignatureId(id), plain) in &self.plain {
            let text = format!("tail {}", texts[*id as usize]);
            texts[*plain as usize] = std::mem::replace(&mut texts[*id as usize], text);
        }
        Ok(texts.join("\0"))
    }

    /// Index of the text of a type as imports are compared.
    pub fn plain(&self, id: SignatureId) -> u32 {
        self.plain.get(&id).copied().unwrap_or(id.0)
    }

    /// The type of a function of the `module`-th module.
    pub fn function(&self, module: u32, type_index: u32) -> Result<abi::ValueType> {
        let function = self.plain(self.signatures.get(module, type_index)?);
        Ok(abi::ValueType { kind: kind::NONE, function })
    }

    /// A value type of the `module`-th module.
    pub fn value(&self, module: u32, ty: ValType) -> Result<abi::ValueType> {
        let (kind, function) = match ty {
            ValType::I32 => (kind::I32, 0),
            ValType::I64 => (kind::I64, 0),
            ValType::F32 => (kind::F32, 0),
            ValType::F64 => (kind::F64, 0),
            ValType::V128 => (kind::V128, 0),
            ValType::Ref(reference) => {
                let (heap, function) = match reference.heap_type() {
                    HeapType::Abstract { shared: false, ty: AbstractHeapType::Func } => (kind::FUNC, 0),
                    HeapType::Abstract { shared: false, ty: AbstractHeapType::Extern } => (kind::EXTERN, 0),
                    HeapType::Abstract { shared: false, ty: AbstractHeapType::NoFunc } => (kind::NO_FUNC, 0),
                    HeapType::Abstract { shared: false, ty: AbstractHeapType::NoExtern } => (kind::NO_EXTERN, 0),
                    HeapType::Concrete(UnpackedIndex::Module(index)) => {
                        (kind::TYPED, self.function(module, index)?.function)
                    }
                    other => return Err(Error::internal(format!("{other:?} between modules"))),
                };
                (heap | if reference.is_nullable() { kind::NULLABLE } else { 0 }, function)
            }
        };
        Ok(abi::ValueType { kind, function })
    }
}

/// Whether a value can be a reference to a function.
pub fn is_function_reference(ty: ValType) -> bool {
    matches!(ty, ValType::Ref(reference) if !reference.is_extern_ref())
}
