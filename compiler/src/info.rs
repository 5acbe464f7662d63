//! What a program says about itself: the text of the section [`wasmaot_abi::info`]. Made from the program and the options
//! alone, so it is the same for every host and number of threads.

use crate::features::{FEATURES, Features};
use crate::module::{ItemKind, Module};
use crate::options::{MemoryBase, Model, OptLevel, Options};
use crate::program::Program;
use std::fmt::Write;
use wasmaot_abi::info;
use wasmparser::{MemoryType, ValType};

/// The section's bytes.
pub fn section(program: &Program<'_>, options: &Options) -> Vec<u8> {
    let mut out = String::new();
    let mut fact = |key: &str, value: &str| {
        let _ = writeln!(out, "{key}={value}");
    };
    fact(info::VERSION, env!("CARGO_PKG_VERSION"));
    fact(info::TARGET, options.target.name);
    fact(info::CPU, &cpu(options));
    fact(
        info::OPT_LEVEL,
        match options.opt_level {
            OptLevel::O0 => "0",
            OptLevel::O1 => "1",
            OptLevel::O2 => "2",
            OptLevel::Os => "s",
        },
    );
    match &options.model {
        Model::Static => {
            fact(
                info::MEMORY_BASE,
                match options.memory_base {
                    MemoryBase::Constant => "constant",
                    MemoryBase::Register => "register",
                },
            );
            fact(info::STACK_SIZE, &options.stack_size.to_string());
        }
        Model::Handle(handle) => fact(info::NAME, &handle.name),
    }
    let features = features(&options.features);
    if !features.is_empty() {
        fact(info::FEATURES, &features);
    }
    for instance in &program.instances {
        if let Some(module) = program.modules.get(instance.module.0 as usize) {
            for (key, value) in module_facts(module) {
                fact(key, &value);
            }
        }
    }
    out.into_bytes()
}

/// The facts on a module: its name, imports, exports and memories.
pub fn module_facts(module: &Module<'_>) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(name) = module.name {
        facts.push((info::MODULE, quoted(name)));
    }
    for import in &module.imports {
        let (kind, ty) = (kind(import.kind), item_type(module, import.kind, import.index));
        facts.push((info::IMPORT, format!("{kind} {} {}{ty}", quoted(import.module), quoted(import.name))));
    }
    for export in &module.exports {
        let (kind, ty) = (kind(export.kind), item_type(module, export.kind, export.index));
        facts.push((info::EXPORT, format!("{kind} {}{ty}", quoted(export.name))));
    }
    facts.extend(module.memories.iter().map(|memory| (info::MEMORY, memory_type(memory))));
    facts
}

fn cpu(options: &Options) -> String {
    if options.target.cpu.is_empty() {
        return "baseline".to_owned();
    }
    let feature =
        |(name, on): &(String, bool)| format!("{}{}", if *on { "+" } else { "-" }, name.trim_start_matches("has_"));
    options.target.cpu.iter().map(feature).collect::<Vec<_>>().join(" ")
}

fn features(features: &Features) -> String {
    let on = features.wasm_features();
    let changed = FEATURES.iter().filter(|row| on.contains(row.flag) != row.default);
    changed.map(|row| format!("{}{}", if row.default { "-" } else { "+" }, row.name)).collect::<Vec<_>>().join(" ")
}

fn quoted(name: &str) -> String {
    format!("{name:?}")
}

fn kind(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Function => "func",
        ItemKind::Table => "table",
        ItemKind::Memory => "memory",
        ItemKind::Global => "global",
    }
}

/// The type of a function with a space before it; nothing for other kinds.
fn item_type(module: &Module<'_>, kind: ItemKind, index: u32) -> String {
    match module.function_type(index) {
        Some(ty) if kind == ItemKind::Function => format!(" {} -> {}", types(ty.params()), types(ty.results())),
        _ => String::new(),
    }
}

fn types(types: &[ValType]) -> String {
    let types: Vec<String> = types.iter().map(ToString::to_string).collect();
    format!("({})", types.join(" "))
}

/// `17 pages of 64 KiB, at most 100`
fn memory_type(memory: &MemoryType) -> String {
    let pages = if memory.initial == 1 { "1 page".to_owned() } else { format!("{} pages", memory.initial) };
    let mut text = match memory.page_size_log2 {
        None | Some(16) => format!("{pages} of 64 KiB"),
        Some(log2) => format!("{pages} of {} bytes", 1u64 << log2.min(63)),
    };
    if let Some(maximum) = memory.maximum {
        let _ = write!(text, ", at most {maximum}");
    }
    if memory.memory64 {
        text.push_str(", 64-bit addresses");
    }
    if memory.shared {
        text.push_str(", shared");
    }
    text
}

/// The section as a data object.
pub fn object<'data>(program: &Program<'_>, options: &Options) -> crate::object::DataObject<'data> {
    use crate::object::{DataBytes, DataObject, Section};
    let bytes = DataBytes::Bytes(section(program, options).into());
    let (name, relocations) = ("wasmaot.info".to_owned(), Vec::new());
    DataObject { name, global: false, section: Section::Info, align: 1, bytes, relocations }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn facts_of_a_program() {
        let text = r#"(module $m
            (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
            (memory (export "a\n\"b") 1 2)
            (memory i64 3)
            (func (export "_start")))"#;
        let bytes = wat::parse_str(text).unwrap();
        let module = crate::parse::parse(&bytes, &Features::default()).unwrap();
        let program = crate::link::command(module).unwrap();
        let mut options = Options::new(Target::parse("x86_64-linux").unwrap());
        options.features.set(Features::find("simd").unwrap(), false);
        let text = String::from_utf8(section(&program, &options)).unwrap();
        let facts: Vec<(&str, &str)> = info::facts(&text).collect();
        assert_eq!(facts[0], ("wasmaot", env!("CARGO_PKG_VERSION")));
        for fact in [
            ("target", "x86_64-linux"),
            ("cpu", "baseline"),
            ("opt-level", "2"),
            ("memory-base", "constant"),
            ("stack-size", "8388608"),
            ("features", "-simd"),
            ("module", r#""m""#),
            ("import", r#"func "wasi_snapshot_preview1" "fd_write" (i32 i32 i32 i32) -> (i32)"#),
            ("export", r#"memory "a\n\"b""#),
            ("export", r#"func "_start" () -> ()"#),
            ("memory", "1 page of 64 KiB, at most 2"),
            ("memory", "3 pages of 64 KiB, 64-bit addresses"),
        ] {
            assert!(facts.contains(&fact), "{fact:?}\n{text}");
        }
    }
}
