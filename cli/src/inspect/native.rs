//! Report on an executable or object that wasmaot made: ELF, Mach-O or COFF.

use super::{bytes, module_sections, section, sizes};
use object::{BinaryFormat, Object, ObjectKind, ObjectSection, ObjectSymbol, SymbolKind};
use std::fmt::Write;
use wasmaot_abi::{grant, info};

/// The report.
pub fn report(name: &str, data: &[u8], largest: usize) -> Result<String, String> {
    let file = object::File::parse(data).map_err(|error| format!("damaged file: {error}"))?;
    let content = |names: [&str; 3]| {
        let section = names.into_iter().find_map(|name| file.section_by_name(name));
        section.and_then(|section| section.data().ok())
    };
    let Some(facts) = content([info::SECTION, info::MACHO_SECTION, info::SHORT_SECTION]) else {
        return Err("not made by wasmaot, or its section .wasmaot.info was removed".to_owned());
    };
    let facts = String::from_utf8_lossy(facts);
    let fact = |key: &str| info::facts(&facts).find(|(name, _)| *name == key).map_or("?", |(_, value)| value);
    // The name of a module for C programs.
    let name_in_c = Some(fact(info::NAME)).filter(|name| *name != "?");
    let kind = match file.kind() {
        ObjectKind::Relocatable => "object",
        _ if name_in_c.is_some() => "shared library",
        _ => "executable",
    };
    let mut out = format!(
        "{name}: {kind} for {}, {} bytes, made by wasmaot {}\n",
        fact(info::TARGET),
        data.len(),
        fact(info::VERSION)
    );
    let _ = write!(out, "Built with -O{}, processor {}", fact(info::OPT_LEVEL), fact(info::CPU));
    let _ = match name_in_c {
        Some(name) => write!(out, ", for C programs as {name}"),
        None => {
            let stack = fact(info::STACK_SIZE).parse().map_or("?".to_owned(), bytes);
            write!(out, ", memory base {}, stack of {stack}", fact(info::MEMORY_BASE))
        }
    };
    match fact(info::FEATURES) {
        "?" => out.push('\n'),
        features => {
            let _ = writeln!(out, ", features {features}");
        }
    }
    let grants = match name_in_c {
        Some(_) => vec!["nothing but what the host gives an instance (wasmaot_wasi_config)".to_owned()],
        None => grants(content([grant::SECTION, grant::MACHO_SECTION, grant::SHORT_SECTION]).unwrap_or_default()),
    };
    section(&mut out, "Grants", &grants);
    module_sections(&mut out, info::facts(&facts));
    section(&mut out, "Sections (bytes)", &sections(&file));
    let functions = functions(&file);
    let lines = sizes(functions.iter().map(|(name, size)| (name.as_str(), *size)), largest);
    section(&mut out, &format!("Largest functions of {} (bytes)", functions.len()), &lines);
    Ok(out)
}

/// What the program may do, in words.
fn grants(section: &[u8]) -> Vec<String> {
    let mut strings = section.split(|&byte| byte == 0).map(String::from_utf8_lossy);
    let mut lines = Vec::new();
    let mut sealed = false;
    while let Some(key) = strings.next().filter(|key| !key.is_empty()) {
        let count = grant::RECORDS.iter().find(|row| row.key == key).map_or(0, |row| row.operands);
        let operands: Vec<_> = strings.by_ref().take(count).collect();
        let line = match (key.as_ref(), operands.as_slice()) {
            (grant::DIR, [host, guest]) => format!("folder {host} as {guest}"),
            (grant::DIR_READ_ONLY, [host, guest]) => format!("folder {host} as {guest}, read-only"),
            (grant::ENV, [text]) => format!("environment variable {text}"),
            (grant::ENV_INHERIT, [name]) => format!("environment variable {name}, inherited"),
            (grant::ENV_INHERIT_ALL, _) => "the whole environment".to_owned(),
            (grant::LISTEN, [address]) => format!("listening socket {address}"),
            (grant::ARG0, [name]) => format!("argument 0 is {name}"),
            (grant::MAX_MEMORY, [size]) => format!("at most {} of memory", size.parse().map_or("?".to_owned(), bytes)),
            (grant::TIMEOUT, [time]) => format!("stopped after {time} ms"),
            (grant::SEALED, _) => {
                sealed = true;
                continue;
            }
            (key, operands) => format!("{key} {}", operands.join(" ")),
        };
        lines.push(line);
    }
    if lines.is_empty() {
        lines.push("nothing but standard streams, arguments and clocks".to_owned());
    }
    lines.push(if sealed {
        "sealed: WASMAOT_* variables change nothing".to_owned()
    } else {
        "WASMAOT_* variables can add and remove grants at start".to_owned()
    });
    lines
}

/// Sections by their order in the file, with what a section of zeros needs in memory.
fn sections(file: &object::File<'_>) -> Vec<String> {
    let lines = file.sections().filter(|section| section.size() > 0).map(|section| {
        let name = section.name().unwrap_or("?");
        let note = if section.file_range().is_none() { " (in memory only)" } else { "" };
        format!("{:>12}  {name}{note}", section.size())
    });
    lines.collect()
}

/// Functions by size: from the symbols, or from the table for backtraces of a stripped program.
fn functions(file: &object::File<'_>) -> Vec<(String, u64)> {
    let symbols = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0);
    let mut functions: Vec<(String, u64)> =
        symbols.map(|symbol| (symbol.name().unwrap_or("?").to_owned(), symbol.size())).collect();
    if file.format() == BinaryFormat::MachO {
        functions = to_the_next(file);
    }
    if functions.is_empty() {
        functions = rows(file);
    }
    functions.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    functions
}

/// Functions of a format whose symbols have no sizes: each goes on to the next, or to the end of its section.
fn to_the_next(file: &object::File<'_>) -> Vec<(String, u64)> {
    let mut ends: Vec<u64> = file.sections().map(|section| section.address() + section.size()).collect();
    let symbols: Vec<_> =
        file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition()).collect();
    ends.extend(symbols.iter().map(|symbol| symbol.address()));
    ends.sort_unstable();
    let size = |start: u64| ends.get(ends.partition_point(|end| *end <= start)).map_or(0, |end| end - start);
    // The linker's own name for the program's first byte is none, nor are names that linkers leave out.
    let named = symbols.iter().filter_map(|symbol| Some((symbol.name().ok()?.strip_prefix('_')?, symbol.address())));
    let functions = named.filter(|(name, _)| !name.starts_with("_mh_"));
    functions.map(|(name, start)| (name.to_owned(), size(start))).collect()
}

/// The rows of the function table: 16 bytes each, code offset and wasm index first
/// ([`wasmaot_abi::program::FunctionRow`]). The last one has no end, so it is left out.
fn rows(file: &object::File<'_>) -> Vec<(String, u64)> {
    let table = file
        .section_by_name(".wasmaot.functions")
        .or_else(|| file.section_by_name("__wasmaot_funcs"))
        .and_then(|section| section.data().ok())
        .unwrap_or_default();
    let word =
        |row: &[u8], at: usize| row.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let rows: Vec<(u32, u32)> = table.chunks_exact(16).filter_map(|row| Some((word(row, 0)?, word(row, 4)?))).collect();
    let sizes = rows.iter().zip(rows.iter().skip(1)).map(|(row, next)| {
        let name = match row.1 {
            wasmaot_abi::program::NO_FUNCTION => "trampoline".to_owned(),
            index => format!("function[{index}]"),
        };
        (name, u64::from(next.0.saturating_sub(row.0)))
    });
    sizes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_in_words() {
        let lines = grants(b"dir\0/h\0/g\0dir-ro\0a\0b\0max-memory\x0067108864\0sealed\0");
        assert_eq!(
            lines,
            [
                "folder /h as /g",
                "folder a as b, read-only",
                "at most 64 MiB of memory",
                "sealed: WASMAOT_* variables change nothing"
            ]
        );
        assert_eq!(grants(b"").len(), 2);
        assert_eq!(grants(b"dir\0x")[0], "dir x");
        assert_eq!(grants(b"\xff\0dir")[0], "\u{fffd} ");
    }
}
