//! Modules -> [`Program`]: resolves imports by name against earlier instances and host functions, checks their types
//! (specification: external typing), and names all that is missing at once.

use crate::error::{Error, ErrorKind, Result};
use crate::module::{ImportDeclaration, ItemKind, Module};
use crate::program::{Import, Instance, InstanceId, Main, ModuleId, Program};
use crate::types::Signatures;
use std::collections::HashMap;
use std::fmt::Write;
use wasmaot_abi::{Type, wasip1};
use wasmparser::{MemoryType, RefType, TableType, ValType};

/// Builds a program instance by instance.
#[derive(Debug, Default)]
pub struct Linker<'data> {
    program: Program<'data>,
    names: HashMap<String, InstanceId>,
    signatures: Signatures,
    /// The host gives what cannot be resolved otherwise.
    embedded: bool,
}

impl<'data> Linker<'data> {
    /// Adds an instance of a module, its imports resolved against registered instances and WASI preview 1. The error
    /// lists every import that is unknown or of the wrong type, one a line, with a hint.
    pub fn instantiate(&mut self, module: Module<'data>) -> Result<InstanceId> {
        self.signatures.add(&module)?;
        let id = ModuleId(self.program.modules.len() as u32);
        let mut imports = Vec::with_capacity(module.imports.len());
        let mut missing = Vec::new();
        for import in &module.imports {
            match self.resolve(&module, id, import) {
                Ok(found) => imports.push(found),
                Err(why) => missing.push((import, why)),
            }
        }
        if !missing.is_empty() {
            // The linker is unchanged: a script goes on without this module.
            self.signatures.forget_last();
            return Err(missing_imports(&missing));
        }
        self.program.modules.push(module);
        self.program.instances.push(Instance { module: id, imports });
        Ok(InstanceId(self.program.instances.len() as u32 - 1))
    }

    /// Makes the exports of an instance importable under a module name.
    pub fn register(&mut self, name: &str, instance: InstanceId) {
        self.names.insert(name.to_owned(), instance);
    }

    /// The program so far.
    pub fn program(&self) -> &Program<'data> {
        &self.program
    }

    /// The program, as a script or library.
    pub fn finish(self) -> Program<'data> {
        self.program
    }

    fn resolve(&self, module: &Module<'_>, id: ModuleId, import: &ImportDeclaration<'_>) -> Result<Import, String> {
        if let Some(&instance) = self.names.get(import.module) {
            return self.resolve_in(instance, module, id, import);
        }
        if import.module == wasip1::MODULE {
            return resolve_wasi(module, import);
        }
        if self.embedded {
            return Ok(Import::Host);
        }
        Err("unknown module".to_owned())
    }

    fn resolve_in(
        &self,
        instance: InstanceId,
        module: &Module<'_>,
        id: ModuleId,
        import: &ImportDeclaration<'_>,
    ) -> Result<Import, String> {
        let from_id = self.program.instances[instance.0 as usize].module;
        let from = &self.program.modules[from_id.0 as usize];
        let Some(export) = from.export(import.name) else { return Err("no such export".to_owned()) };
        if export.kind != import.kind {
            return Err("incompatible import type: another kind of item".to_owned());
        }
        let (wanted, given) = (import.index as usize, export.index as usize);
        let fits = match import.kind {
            ItemKind::Function => {
                let wanted = self.signatures.get(id.0, module.functions[wanted]);
                let given = self.signatures.get(from_id.0, from.functions[given]);
                matches!((wanted, given), (Ok(wanted), Ok(given)) if wanted == given)
            }
            ItemKind::Table => {
                let (wanted, given) = (module.tables[wanted].ty, from.tables[given].ty);
                table_fits(&wanted, &given)
                    && self.same_type(id, ValType::Ref(wanted.element_type), from_id, ValType::Ref(given.element_type))
            }
            ItemKind::Memory => memory_fits(&module.memories[wanted], &from.memories[given]),
            ItemKind::Global => {
                let (wanted, given) = (module.globals[wanted].ty, from.globals[given].ty);
                wanted.mutable == given.mutable
                    && (self.same_type(id, wanted.content_type, from_id, given.content_type)
                        || !wanted.mutable && self.subtype(id, wanted.content_type, from_id, given.content_type))
            }
        };
        if fits { Ok(Import::Item(instance, export.index)) } else { Err("incompatible import type".to_owned()) }
    }

    fn same_type(&self, a_module: ModuleId, a: ValType, b_module: ModuleId, b: ValType) -> bool {
        match (self.signatures.canonical(a_module.0, a), self.signatures.canonical(b_module.0, b)) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        }
    }

    /// Whether a value of type `given` is one of type `wanted` (function references only).
    fn subtype(&self, wanted_module: ModuleId, wanted: ValType, given_module: ModuleId, given: ValType) -> bool {
        let (Ok(wanted), Ok(given)) =
            (self.signatures.canonical(wanted_module.0, wanted), self.signatures.canonical(given_module.0, given))
        else {
            return false;
        };
        let (ValType::Ref(wanted_ref), ValType::Ref(given_ref)) = (wanted.0, given.0) else { return false };
        let nullable = |reference: RefType| reference.is_nullable();
        wanted_ref.heap_type() == given_ref.heap_type()
            && (nullable(wanted_ref) || !nullable(given_ref))
            && (wanted.1.is_none() || wanted.1 == given.1)
    }
}

/// The program of a plain command module: one instance, WASI imports, and an entry point.
pub fn command(module: Module<'_>) -> Result<Program<'_>> {
    let main = entry(&module)?;
    let mut program = library(module)?;
    program.main = Some(main);
    Ok(program)
}

/// Whether a module has an entry point.
pub fn is_command(module: &Module<'_>) -> bool {
    module.export("_start").is_some() || module.export(NAMELESS).is_some()
}

/// The export that is a module's default function for wasmtime, before `_start`.
const NAMELESS: &str = "";

/// What running a module calls: `_initialize` where that is exported, then the nameless function or `_start`.
fn entry(module: &Module<'_>) -> Result<Main> {
    let function = |name: &str| match module.export(name) {
        Some(export) if export.kind != ItemKind::Function => {
            Err(Error::input(format!("the export {name:?} is no function")))
        }
        Some(export) => match module.function_type(export.index) {
            Some(ty) if !ty.params().is_empty() || !ty.results().is_empty() => {
                Err(Error::input(format!("{name:?} must have no parameters and no results")))
            }
            _ => Ok(Some(export.index)),
        },
        None => Ok(None),
    };
    let initialize = function("_initialize")?;
    let start = match function(NAMELESS)? {
        Some(nameless) => Some(nameless),
        None => function("_start")?,
    };
    if let Some(start) = start {
        return Ok(Main { instance: InstanceId(0), initialize, start });
    }
    let hint = if initialize.is_some() {
        "it is a library (a WASI reactor): compile it with --emit=obj"
    } else {
        "a command exports its entry point under this name; for a library use --emit=obj"
    };
    Err(Error::input(format!("no \"_start\" function is exported; {hint}")))
}

/// The program of one instance for a C program, which gives what the module imports but for WASI preview 1.
pub fn embedded(module: Module<'_>) -> Result<Program<'_>> {
    let mut linker = Linker { embedded: true, ..Linker::default() };
    linker.instantiate(module)?;
    Ok(linker.finish())
}

/// The program of one instance without an entry point.
pub fn library(module: Module<'_>) -> Result<Program<'_>> {
    let mut linker = Linker::default();
    linker.instantiate(module)?;
    Ok(linker.finish())
}

fn resolve_wasi(module: &Module<'_>, import: &ImportDeclaration<'_>) -> Result<Import, String> {
    let Some(index) = wasip1::find(import.name) else { return Err("preview 1 has no such function".to_owned()) };
    if import.kind != ItemKind::Function {
        return Err("incompatible import type: it is a function".to_owned());
    }
    let row = &wasip1::FUNCTIONS[index];
    let value = |ty: &Type| match ty {
        Type::I32 => ValType::I32,
        Type::I64 | Type::Ptr => ValType::I64,
        Type::F32 => ValType::F32,
        Type::F64 => ValType::F64,
    };
    let fits = module.function_type(import.index).is_some_and(|ty| {
        ty.params().iter().copied().eq(row.params.iter().map(value))
            && ty.results().iter().copied().eq(row.result.iter().map(value))
    });
    if fits {
        Ok(Import::WasiP1(index as u32))
    } else {
        let list = |types: &[Type]| types.iter().map(|ty| value(ty).to_string()).collect::<Vec<_>>().join(" ");
        let result = list(row.result.as_slice());
        Err(format!("incompatible import type: it is [{}] -> [{result}]", list(row.params)))
    }
}

/// Specification: import matching of limits.
fn limits_fit(wanted: (u64, Option<u64>), given: (u64, Option<u64>)) -> bool {
    given.0 >= wanted.0
        && match (wanted.1, given.1) {
            (None, _) => true,
            (Some(wanted), Some(given)) => given <= wanted,
            (Some(_), None) => false,
        }
}

fn table_fits(wanted: &TableType, given: &TableType) -> bool {
    wanted.table64 == given.table64 && limits_fit((wanted.initial, wanted.maximum), (given.initial, given.maximum))
}

fn memory_fits(wanted: &MemoryType, given: &MemoryType) -> bool {
    wanted.memory64 == given.memory64
        && wanted.shared == given.shared
        && wanted.page_size_log2.unwrap_or(16) == given.page_size_log2.unwrap_or(16)
        && limits_fit((wanted.initial, wanted.maximum), (given.initial, given.maximum))
}

/// One error for all imports that could not be resolved.
fn missing_imports(missing: &[(&ImportDeclaration<'_>, String)]) -> Error {
    let mut message = match missing.len() {
        1 => "an import cannot be resolved:".to_owned(),
        n => format!("{n} imports cannot be resolved:"),
    };
    for (import, why) in missing {
        let kind = match import.kind {
            ItemKind::Function => "function",
            ItemKind::Table => "table",
            ItemKind::Memory => "memory",
            ItemKind::Global => "global",
        };
        let _ = write!(message, "\n  {kind} {:?} {:?}: {why}", import.module, import.name);
    }
    let mut hints: Vec<&str> = missing.iter().filter_map(|(import, _)| hint(import.module)).collect();
    hints.sort_unstable();
    hints.dedup();
    for hint in hints {
        let _ = write!(message, "\nhint: {hint}");
    }
    Error { kind: ErrorKind::Unsupported, ..Error::input(message) }
}

/// What users of a toolchain that makes such imports should do.
fn hint(module: &str) -> Option<&'static str> {
    Some(match module {
        "wasi_unstable" => "an old snapshot of WASI (2019); rebuild with a current toolchain for preview 1",
        "env" | "a" => {
            "programs get only WASI preview 1; build for wasm32-wasip1 (Rust), --target=wasm32-wasi (C), \
             -sSTANDALONE_WASM (Emscripten)"
        }
        "go" | "gojs" => "built for a browser; build Go programs with GOOS=wasip1",
        "wbg" | "__wbindgen_placeholder__" => "built by wasm-bindgen for JavaScript; build for wasm32-wasip1",
        "wasi" => "wasi-threads is not supported yet",
        name if name.starts_with("wasi:") => "built for WASI 0.2; components are not supported yet",
        "wasi_snapshot_preview1" => "the 46 functions of WASI preview 1 are listed in its documentation",
        _ => return None,
    })
}
