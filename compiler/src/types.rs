//! Signature ids: one number for each function type, equal for equal types of all modules of a program, so that
//! `call_indirect` compares two numbers (specification: type equivalence, for types that stand alone).

use crate::error::{Error, Result};
use crate::module::Module;
use crate::program::Program;
use std::collections::HashMap;
use wasmparser::{FuncType, HeapType, UnpackedIndex, ValType};

/// Bytes of a type's text, at most. A type of 1000 parameters and results has some 10,000.
const LONGEST_TEXT: usize = 1 << 18;

/// Id of a function type across the program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SignatureId(pub u32);

/// Signature ids of every module's types.
#[derive(Debug, Default)]
pub struct Signatures {
    by_key: HashMap<Key, SignatureId>,
    /// By module, then by type index.
    modules: Vec<Vec<Option<SignatureId>>>,
}

/// A function type with references to other types replaced by their ids.
#[derive(PartialEq, Eq, Hash, Debug, Clone)]
struct Key {
    params: Vec<KeyType>,
    results: Vec<KeyType>,
}

#[derive(PartialEq, Eq, Hash, Debug, Clone, Copy)]
enum KeyType {
    Plain(ValType),
    Typed {
        nullable: bool,
        id: u32,
    },
    /// A reference to the type itself.
    Itself {
        nullable: bool,
    },
}

impl Signatures {
    /// Ids of all types of a program.
    pub fn of(program: &Program<'_>) -> Result<Signatures> {
        let mut signatures = Signatures::default();
        for module in &program.modules {
            signatures.add(module)?;
        }
        Ok(signatures)
    }

    /// Adds one module's types.
    pub fn add(&mut self, module: &Module<'_>) -> Result<()> {
        let mut ids: Vec<Option<SignatureId>> = Vec::with_capacity(module.types.len());
        for (index, ty) in module.types.iter().enumerate() {
            let id = match ty {
                None => None,
                Some(ty) => {
                    let key = key(ty, index as u32, &ids)?;
                    let next = SignatureId(self.by_key.len() as u32);
                    Some(*self.by_key.entry(key).or_insert(next))
                }
            };
            ids.push(id);
        }
        self.modules.push(ids);
        Ok(())
    }

    /// Takes back the last module added. Ids given to its types stay taken.
    pub fn forget_last(&mut self) {
        self.modules.pop();
    }

    /// The id of a type of the `module`-th module.
    pub fn get(&self, module: u32, type_index: u32) -> Result<SignatureId> {
        self.modules
            .get(module as usize)
            .and_then(|ids| ids.get(type_index as usize).copied().flatten())
            .ok_or_else(|| Error::internal(format!("type {type_index} is no function type")))
    }

    /// A text for each type, by id; equal types of any modules have equal texts.
    pub fn texts(&self) -> Result<Vec<String>> {
        let mut keys: Vec<(&Key, SignatureId)> = self.by_key.iter().map(|(key, id)| (key, *id)).collect();
        keys.sort_by_key(|(_, id)| *id);
        let mut texts: Vec<String> = Vec::with_capacity(keys.len());
        for (key, _) in keys {
            let one = |ty: &KeyType| match *ty {
                KeyType::Plain(ty) => ty.to_string(),
                KeyType::Typed { nullable, id } => {
                    let null = if nullable { "null " } else { "" };
                    // A type refers to earlier ones only.
                    format!("(ref {null}{})", texts.get(id as usize).map_or("", String::as_str))
                }
                KeyType::Itself { nullable } => format!("(ref {}itself)", if nullable { "null " } else { "" }),
            };
            let list = |types: &[KeyType]| types.iter().map(one).collect::<Vec<_>>().join(" ");
            let text = format!("[{}]->[{}]", list(&key.params), list(&key.results));
            // A reference has the whole text of its type, so texts can double with each.
            if text.len() > LONGEST_TEXT {
                return Err(Error::unsupported("function types that refer to others too deeply"));
            }
            texts.push(text);
        }
        Ok(texts)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// A value type with module-relative type indices replaced, for comparing types of different modules.
    pub fn canonical(&self, module: u32, ty: ValType) -> Result<(ValType, Option<SignatureId>)> {
        if let ValType::Ref(reference) = ty
            && let HeapType::Concrete(UnpackedIndex::Module(index)) = reference.heap_type()
        {
            let plain =
                if reference.is_nullable() { ValType::FUNCREF } else { ValType::Ref(wasmparser::RefType::FUNC) };
            return Ok((plain, Some(self.get(module, index)?)));
        }
        Ok((ty, None))
    }
}

fn key(ty: &FuncType, itself: u32, ids: &[Option<SignatureId>]) -> Result<Key> {
    let one = |ty: &ValType| -> Result<KeyType> {
        let ValType::Ref(reference) = ty else { return Ok(KeyType::Plain(*ty)) };
        let HeapType::Concrete(index) = reference.heap_type() else { return Ok(KeyType::Plain(*ty)) };
        let nullable = reference.is_nullable();
        match index {
            UnpackedIndex::Module(index) if index == itself => Ok(KeyType::Itself { nullable }),
            UnpackedIndex::Module(index) => match ids.get(index as usize).copied().flatten() {
                Some(id) => Ok(KeyType::Typed { nullable, id: id.0 }),
                None => Err(Error::unsupported("recursive function types are not supported yet (gc)")),
            },
            _ => Err(Error::internal("a type index that is not relative to the module")),
        }
    };
    Ok(Key {
        params: ty.params().iter().map(one).collect::<Result<_>>()?,
        results: ty.results().iter().map(one).collect::<Result<_>>()?,
    })
}
