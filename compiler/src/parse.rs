//! wasm bytes -> [`Module`]: decodes and validates everything but function bodies, which are validated as they are
//! translated.

use crate::error::{Error, Result};
use crate::features::{FEATURES, Features};
use crate::module::{
    Body, DataSegment, ElementItems, ElementSegment, Export, Global, ImportDeclaration, ItemKind, Module, Table,
};
use std::borrow::Cow;
use wasmparser::{
    BinaryReader, CompositeInnerType, CustomSectionReader, DataKind, ElementKind, Encoding, ExternalKind, KnownCustom,
    Name, Parser, Payload, TypeRef, ValidPayload, Validator, WasmFeatures,
};

/// The binary form of `input`: itself, or the encoding of text format (recognised by its first bytes not being
/// `\0asm`).
pub fn to_binary(input: &[u8]) -> Result<Cow<'_, [u8]>> {
    if input.starts_with(b"\0asm") {
        return Ok(Cow::Borrowed(input));
    }
    let text = std::str::from_utf8(input).ok().filter(|text| looks_like_text(text));
    let Some(text) = text else {
        return Err(Error::input("neither a WebAssembly binary (no \\0asm at its start) nor text format"));
    };
    wat::parse_str(text).map(Cow::Owned).map_err(|error| Error::input(clipped(error.to_string().trim_end())))
}

/// The same with `-g`: what is made from text has a line table ([`crate::debuginfo::view`]).
pub fn to_binary_with_lines(input: &[u8]) -> Result<Cow<'_, [u8]>> {
    let text = std::str::from_utf8(input).ok().filter(|text| looks_like_text(text));
    // Errors are the other function's.
    let binary = text.and_then(|text| {
        let mut parser = wat::Parser::new();
        parser.generate_dwarf(wat::GenerateDwarf::Lines);
        parser.parse_str(None, text).ok()
    });
    binary.map_or_else(|| to_binary(input), |binary| Ok(Cow::Owned(binary)))
}

/// A message of the text parser. It ends with the line of the file, which may be all of the file, and a caret under the
/// place in it: of a long line only what is around the place is kept.
fn clipped(message: &str) -> String {
    const WIDTH: usize = 120;
    let lines: Vec<&str> = message.lines().collect();
    let Some([quote, caret]) = lines.last_chunk() else { return message.to_owned() };
    let Some((margin, place)) = caret.find('|').zip(caret.find('^')) else { return message.to_owned() };
    if quote.chars().count() <= margin + WIDTH {
        return message.to_owned();
    }
    let from = place.saturating_sub(WIDTH / 2).max(margin + 2);
    let part =
        |line: &str| -> String { line.chars().take(margin + 2).chain(line.chars().skip(from).take(WIDTH)).collect() };
    let before = &lines[..lines.len() - 2];
    [before.join("\n"), part(quote), part(caret)].join("\n")
}

/// Text format starts with white space, a comment or a parenthesis.
fn looks_like_text(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with(['(', ';'])
}

/// Parses a core module.
pub fn parse<'data>(bytes: &'data [u8], features: &Features) -> Result<Module<'data>> {
    parse_module(bytes, features).map_err(|error| name_proposal(bytes, features, error))
}

fn parse_module<'data>(bytes: &'data [u8], features: &Features) -> Result<Module<'data>> {
    let mut module = Module::default();
    let mut validator = Validator::new_with_features(features.wasm_features());
    if bytes.len() > u32::MAX as usize {
        return Err(Error::unsupported("modules of 4 GiB and more are not supported"));
    }
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if let Payload::Version { encoding: Encoding::Component, .. } = payload {
            return Err(Error::unsupported("this is a component; the component model is not supported yet"));
        }
        match validator.payload(&payload)? {
            ValidPayload::Func(to_validate, body) => module.bodies.push(Body { body, to_validate }),
            ValidPayload::Ok | ValidPayload::Parser(_) | ValidPayload::End(_) => section(&mut module, payload)?,
        }
    }
    Ok(module)
}

/// Records what a section says. The validator has seen it already.
fn section<'data>(module: &mut Module<'data>, payload: Payload<'data>) -> Result<()> {
    match payload {
        Payload::TypeSection(reader) => {
            for group in reader {
                for ty in group?.into_types() {
                    module.types.push(match ty.composite_type.inner {
                        CompositeInnerType::Func(function) => Some(function),
                        _ => None,
                    });
                }
            }
        }
        Payload::ImportSection(reader) => {
            for import in reader.into_imports() {
                let import = import?;
                let (kind, index) = import_type(module, import.ty)?;
                module.imports.push(ImportDeclaration { module: import.module, name: import.name, kind, index });
            }
        }
        Payload::FunctionSection(reader) => {
            for index in reader {
                module.functions.push(index?);
            }
        }
        Payload::TableSection(reader) => {
            for table in reader {
                let table = table?;
                let init = match table.init {
                    wasmparser::TableInit::RefNull => None,
                    wasmparser::TableInit::Expr(expression) => Some(expression),
                };
                module.tables.push(Table { ty: table.ty, init });
            }
        }
        Payload::MemorySection(reader) => {
            for memory in reader {
                module.memories.push(memory?);
            }
        }
        Payload::GlobalSection(reader) => {
            for global in reader {
                let global = global?;
                module.globals.push(Global { ty: global.ty, init: Some(global.init_expr) });
            }
        }
        Payload::ExportSection(reader) => {
            for export in reader {
                let export = export?;
                let kind = match export.kind {
                    ExternalKind::Func | ExternalKind::FuncExact => ItemKind::Function,
                    ExternalKind::Table => ItemKind::Table,
                    ExternalKind::Memory => ItemKind::Memory,
                    ExternalKind::Global => ItemKind::Global,
                    ExternalKind::Tag => return Err(Error::unsupported("exceptions are not supported yet")),
                };
                module.exports.push(Export { name: export.name, kind, index: export.index });
            }
        }
        Payload::StartSection { func, .. } => module.start = Some(func),
        Payload::ElementSection(reader) => {
            for element in reader {
                module.elements.push(element_segment(element?)?);
            }
        }
        Payload::DataSection(reader) => {
            for data in reader {
                let data = data?;
                let active = match data.kind {
                    DataKind::Passive => None,
                    DataKind::Active { memory_index, offset_expr } => Some((memory_index, offset_expr)),
                };
                module.data.push(DataSegment { active, bytes: data.data });
            }
        }
        Payload::CodeSectionStart { range, .. } => module.code_start = range.start as u32,
        Payload::CustomSection(reader) => custom_section(module, &reader),
        _ => {}
    }
    Ok(())
}

/// Adds an import to its index space.
fn import_type(module: &mut Module<'_>, ty: TypeRef) -> Result<(ItemKind, u32)> {
    let index = |length: usize| length as u32;
    Ok(match ty {
        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
            module.functions.push(ty);
            module.imported_functions += 1;
            (ItemKind::Function, index(module.functions.len() - 1))
        }
        TypeRef::Table(ty) => {
            module.tables.push(Table { ty, init: None });
            module.imported_tables += 1;
            (ItemKind::Table, index(module.tables.len() - 1))
        }
        TypeRef::Memory(ty) => {
            module.memories.push(ty);
            module.imported_memories += 1;
            (ItemKind::Memory, index(module.memories.len() - 1))
        }
        TypeRef::Global(ty) => {
            module.globals.push(Global { ty, init: None });
            module.imported_globals += 1;
            (ItemKind::Global, index(module.globals.len() - 1))
        }
        TypeRef::Tag(_) => return Err(Error::unsupported("exceptions are not supported yet")),
    })
}

fn element_segment(element: wasmparser::Element<'_>) -> Result<ElementSegment<'_>> {
    let (active, declared) = match element.kind {
        ElementKind::Passive => (None, false),
        ElementKind::Declared => (None, true),
        ElementKind::Active { table_index, offset_expr } => (Some((table_index.unwrap_or(0), offset_expr)), false),
    };
    let (ty, items) = match element.items {
        wasmparser::ElementItems::Functions(reader) => (
            wasmparser::RefType::FUNCREF,
            ElementItems::Functions(reader.into_iter().collect::<wasmparser::Result<_>>()?),
        ),
        wasmparser::ElementItems::Expressions(ty, reader) => {
            (ty, ElementItems::Expressions(reader.into_iter().collect::<wasmparser::Result<_>>()?))
        }
    };
    Ok(ElementSegment { active, declared, ty, items })
}

/// Reads names, branch hints and debug information. Custom sections cannot make a module invalid, so what is malformed is
/// passed over.
fn custom_section<'data>(module: &mut Module<'data>, reader: &CustomSectionReader<'data>) {
    match reader.as_known() {
        KnownCustom::Name(names) => {
            for name in names.into_iter().map_while(|name| name.ok()) {
                match name {
                    Name::Module { name, .. } => module.name = Some(name),
                    Name::Function(map) => {
                        module.function_names.extend(
                            map.into_iter().map_while(|naming| naming.ok()).map(|naming| (naming.index, naming.name)),
                        );
                    }
                    _ => {}
                }
            }
        }
        KnownCustom::BranchHints(functions) => {
            for function in functions.into_iter().map_while(|function| function.ok()) {
                let mut hints: Vec<_> = function
                    .hints
                    .into_iter()
                    .map_while(|hint| hint.ok())
                    .map(|hint| (hint.func_offset, hint.taken))
                    .collect();
                hints.sort_unstable();
                module.branch_hints.insert(function.func, hints);
            }
        }
        _ if reader.name().starts_with(".debug_") => module.debug.push((reader.name(), reader.data())),
        _ => {}
    }
}

/// What the file has that a module names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DebugFile {
    /// The module with its DWARF.
    Dwarf,
    /// A source map.
    SourceMap,
}

impl DebugFile {
    /// The custom section with the file's name.
    pub fn section(self) -> &'static str {
        match self {
            DebugFile::Dwarf => "external_debug_info",
            DebugFile::SourceMap => "sourceMappingURL",
        }
    }
}

/// The file that a module says its debug information is in (custom sections `external_debug_info` and `sourceMappingURL`,
/// tool conventions: a string). None if the module has its own.
pub fn debug_file(binary: &[u8]) -> Option<(DebugFile, &str)> {
    let payloads = Parser::new(0).parse_all(binary).map_while(|payload| payload.ok());
    let mut name = None;
    for payload in payloads {
        if let Payload::CustomSection(section) = payload {
            match section.name() {
                // Its own comes first.
                ".debug_info" => return None,
                found => {
                    let kinds = [DebugFile::Dwarf, DebugFile::SourceMap];
                    let kind = kinds.into_iter().find(|kind| kind.section() == found);
                    if let Some(kind) = kind.filter(|kind| *kind == DebugFile::Dwarf || name.is_none()) {
                        let text = BinaryReader::new(section.data(), 0).read_string().ok();
                        name = text.map(|text| (kind, text)).or(name);
                    }
                }
            }
        }
    }
    name
}

/// Gives a module the debug information of another file: the same module with its debug sections.
///
/// # Errors
/// The file is malformed, or of a module with other code.
pub fn add_debug_info<'data>(module: &mut Module<'data>, binary: &'data [u8]) -> Result<()> {
    let mut sections = Vec::new();
    let mut bodies = module.bodies.iter();
    for payload in Parser::new(0).parse_all(binary) {
        match payload? {
            Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                sections.push((section.name(), section.data()));
            }
            Payload::CodeSectionEntry(body)
                if bodies.next().is_none_or(|own| own.body.as_bytes() != body.as_bytes()) =>
            {
                return Err(Error::input("it belongs to a module with other code"));
            }
            _ => {}
        }
    }
    module.debug = sections;
    Ok(())
}

/// If the module is invalid only because a proposal is off, says which: "gc is not supported yet" or
/// "memory64 is off (--enable memory64)".
fn name_proposal(bytes: &[u8], features: &Features, error: Error) -> Error {
    match missing_proposal(features, |all| {
        let mut validator = Validator::new_with_features(all);
        for payload in Parser::new(0).parse_all(bytes) {
            let Ok(payload) = payload else { return false };
            match validator.payload(&payload) {
                // The sections before the code decide; bodies are looked at on their own.
                Ok(ValidPayload::Func(..)) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        true
    }) {
        Some(message) => Error { message, kind: crate::ErrorKind::Unsupported, ..error },
        None => error,
    }
}

/// As `name_proposal`, for one body that failed to validate with `error`.
pub fn name_proposal_in_body(body: &Body<'_>, features: &Features, error: Error) -> Error {
    let accepts = |all: WasmFeatures| {
        let mut function = body.to_validate();
        function.features = all;
        function.into_validator(Default::default()).validate(&body.body).is_ok()
    };
    match missing_proposal(features, accepts) {
        Some(message) => Error { message, kind: crate::ErrorKind::Unsupported, ..error },
        None => error,
    }
}

/// The proposal that, switched on besides those that are, makes `accepts` true; `None` if there is no such thing.
fn missing_proposal(features: &Features, accepts: impl Fn(WasmFeatures) -> bool) -> Option<String> {
    let on = features.wasm_features();
    let everything = FEATURES.iter().fold(on, |all, row| all | row.flag);
    if !accepts(everything) {
        return None;
    }
    let off = || FEATURES.iter().filter(|row| !on.contains(row.flag));
    // The one that is necessary: everything but it is refused.
    let row = off()
        .find(|row| accepts(on | row.flag))
        .or_else(|| off().find(|row| !accepts(everything.difference(row.flag))))?;
    Some(if row.supported {
        format!("{} is off (--enable {})", row.name, row.name)
    } else {
        format!("this module uses the proposal {:?}, which is not supported yet", row.name)
    })
}
