//! Report on a WebAssembly module.

use super::{module_sections, section, sizes};
use rayon::prelude::*;
use std::collections::HashMap;
use wasmaot_compiler::features::{FEATURES, Row};
use wasmaot_compiler::{Error, parse};
use wasmparser::{KnownCustom, Name, Parser, Payload, Validator, WasmFeatures};

/// The report.
pub fn report(name: &str, input: &[u8], largest: usize) -> Result<String, String> {
    let binary = parse::to_binary(input).map_err(|error| error.to_string())?;
    if Parser::is_component(&binary) {
        return Err("a component; components are not supported yet".to_owned());
    }
    let everything = FEATURES.iter().fold(WasmFeatures::default(), |all, row| all | row.flag);
    Validator::new_with_features(everything).validate_all(&binary).map_err(|error| Error::from(error).to_string())?;
    let mut out = format!("{name}: WebAssembly module, {} bytes\n", binary.len());

    let used = features_used(&binary, everything);
    let lines: Vec<String> = used
        .iter()
        .map(|row| format!("{}{}", row.name, if row.supported { "" } else { " (not supported yet)" }))
        .collect();
    section(&mut out, "Proposals used", &lines);
    let mut features = wasmaot_compiler::features::Features::default();
    for row in FEATURES.iter().filter(|row| row.name != "component-model") {
        features.set(row, true);
    }
    if let Ok(module) = parse::parse(&binary, &features) {
        let facts = wasmaot_compiler::info::module_facts(&module);
        module_sections(&mut out, facts.iter().map(|(key, value)| (*key, value.as_str())));
    }
    let (parts, functions) = parts(&binary);
    section(&mut out, "Sections (bytes)", &sizes(parts.iter().map(|(name, size)| (name.as_str(), *size)), usize::MAX));
    let lines = sizes(functions.iter().map(|(name, size)| (name.as_str(), *size)), largest);
    section(&mut out, &format!("Largest functions of {} (bytes)", functions.len()), &lines);
    Ok(out)
}

/// The proposals without which the module is invalid. Whole groups are tried first, as most modules use few.
fn features_used(binary: &[u8], everything: WasmFeatures) -> Vec<&'static Row> {
    fn needed<'a>(binary: &[u8], everything: WasmFeatures, rows: &'a [Row]) -> Vec<&'a Row> {
        let without = rows.iter().fold(everything, |left, row| left - row.flag);
        if Validator::new_with_features(without).validate_all(binary).is_ok() {
            return Vec::new();
        }
        match rows {
            [] => Vec::new(),
            [one] => vec![one],
            _ => {
                let (first, second) = rows.split_at(rows.len() / 2);
                let (mut first, second) =
                    rayon::join(|| needed(binary, everything, first), || needed(binary, everything, second));
                first.extend(second);
                first
            }
        }
    }
    needed(binary, everything, FEATURES)
}

/// Names and bytes.
type Sizes = Vec<(String, u64)>;

/// Sections in order, and function bodies by size.
fn parts(binary: &[u8]) -> (Sizes, Sizes) {
    let mut sections = Vec::new();
    let mut bodies: Vec<(u32, u64)> = Vec::new();
    let mut names: HashMap<u32, String> = HashMap::new();
    let mut imported = 0;
    for payload in Parser::new(0).parse_all(binary).map_while(Result::ok) {
        if let Some((id, range)) = payload.as_section() {
            let name = match &payload {
                Payload::CustomSection(section) => format!("custom {:?}", section.name()),
                _ => section_name(id).to_owned(),
            };
            sections.push((name, range.len() as u64));
        }
        match payload {
            Payload::ImportSection(imports) => {
                let imports = imports.into_imports().map_while(Result::ok);
                imported += imports.filter(|import| matches!(import.ty, wasmparser::TypeRef::Func(_))).count() as u32;
            }
            Payload::CodeSectionEntry(body) => {
                bodies.push((imported + bodies.len() as u32, body.range().len() as u64));
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(reader) = section.as_known() {
                    for subsection in reader.into_iter().map_while(Result::ok) {
                        if let Name::Function(map) = subsection {
                            let named = map.into_iter().map_while(Result::ok);
                            names.extend(named.map(|name| (name.index, name.name.to_owned())));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    bodies.par_sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let name = |index: u32| names.get(&index).cloned().unwrap_or_else(|| format!("function[{index}]"));
    (sections, bodies.into_iter().map(|(index, size)| (name(index), size)).collect())
}

/// Names of the binary format's sections by id (specification: binary format, modules).
fn section_name(id: u8) -> &'static str {
    const NAMES: &[&str] = &[
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    NAMES.get(usize::from(id)).copied().unwrap_or("unknown")
}
