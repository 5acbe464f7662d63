//! Target `dwarf`: hostile debug information. The modules are the C programs of `tests/debug` as clang makes them; their
//! debug sections are cut, flipped and rearranged. The program must be built all the same, and what is written must be
//! DWARF that can be read to its end.

use crate::budget::Budget;
use crate::bytes;
use crate::findings::Findings;
use crate::random::Random;
use crate::sections::{self, Section};
use crate::{generate, mutate};
use object::{Object, ObjectSection, ObjectSymbol};
use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};
use wasmaot_tests::process::finish;
use wasmaot_tests::report::Outcome;
use wasmaot_tests::{target, tools};

/// Longest that a case may take.
const LIMIT: Duration = Duration::from_secs(60);
const COMPILER: &str = "clang-19";
const SOURCES: &[&str] = &["program.c", "structs.c", "lines.c"];

/// Runs the target.
pub fn run(budget: &Budget) -> Outcome {
    if target::which(COMPILER).is_none() {
        return Outcome::Ignored(format!("{COMPILER} is not installed: run tests/setup.sh"));
    }
    let mut modules = Vec::new();
    for source in SOURCES {
        for version in ["-gdwarf-4", "-gdwarf-5"] {
            match module(source, version) {
                Ok(module) => modules.push(module),
                Err(error) => return Outcome::Failed(format!("{source}: {error}")),
            }
        }
    }
    let mut findings = Findings::new("dwarf");
    let mut counts = BTreeMap::new();
    for seed in budget.seeds() {
        let mut random = Random::new(seed);
        let [first, second] = [(); 2].map(|()| &modules[random.below(modules.len())]);
        let input = hostile(first, second, &mut random);
        findings.working_on(seed, &input);
        let (mut options, flags) = match generate::options(&mut random) {
            Ok(options) => options,
            Err(why) => return Outcome::Failed(why),
        };
        options.debug_info = true;
        let start = Instant::now();
        let end = match bytes::check(&input, &options, true, None) {
            Ok("compiled") if start.elapsed() < LIMIT => "compiled",
            Ok(end) => {
                let why = format!("dwarf, {flags}: {end} after {} s", start.elapsed().as_secs());
                findings.add(seed, &[("module".to_owned(), input)], &why);
                "refused or too slow"
            }
            Err(why) => {
                findings.add(seed, &[("module".to_owned(), input)], &format!("dwarf, {flags}: {why}"));
                "failed"
            }
        };
        *counts.entry(end).or_insert(0u64) += 1;
    }
    let list: Vec<_> = counts.iter().map(|(end, count)| format!("{count} {end}")).collect();
    println!("fuzz dwarf: seed {}: {}", budget.seed(), list.join(", "));
    findings.outcome()
}

/// A source with debug information, as sections.
fn module(source: &str, version: &str) -> Result<Vec<Section>, String> {
    let output = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{source}{version}.wasm"));
    let mut build = Command::new(COMPILER);
    build.args(["--target=wasm32-wasi", "--sysroot=/usr", "-O1", version, "-o"]).arg(&output);
    build.arg(tools::root().join("tests/debug").join(source));
    let finished = finish(&mut build, b"", LIMIT)?;
    if finished.status != 0 {
        return Err(finished.complaint());
    }
    let bytes = std::fs::read(&output).map_err(|error| error.to_string())?;
    sections::split(&bytes).ok_or_else(|| "no sections".to_owned())
}

/// Whether a section has debug information.
fn is_debug(section: &Section) -> bool {
    section.id == sections::CUSTOM && section.content.get(1..).is_some_and(|name| name.starts_with(b".debug_"))
}

/// Changes a module's debug sections; pieces come from `other`.
fn hostile(module: &[Section], other: &[Section], random: &mut Random) -> Vec<u8> {
    let mut module = module.to_vec();
    let pieces: Vec<&Section> = other.iter().filter(|section| is_debug(section)).collect();
    for _ in 0..random.within(1, 3) {
        let places: Vec<usize> = (0..module.len()).filter(|at| is_debug(&module[*at])).collect();
        if places.is_empty() {
            break;
        }
        let at = random.pick(&places);
        let piece = random.pick(&pieces);
        match random.below(8) {
            0 => drop(module.remove(at)),
            1 => module[at] = piece.clone(),
            2 => {
                // Both keep their names.
                let keep = name_end(&module[at]);
                let content = [&module[at].content[..keep], &piece.content[name_end(piece)..]].concat();
                module[at].content = content;
            }
            _ => {
                let keep = name_end(&module[at]);
                for _ in 0..random.within(1, 8) {
                    mutate::change(&mut module[at].content, &piece.content, keep, random);
                }
            }
        }
    }
    sections::join(&module)
}

/// Bytes of a custom section's name, with its length.
fn name_end(section: &Section) -> usize {
    section.content.first().map_or(0, |len| usize::from(*len) + 1)
}

/// Reads all of an object's debug information: entries, with expressions and lists of locations, and lines.
pub fn read(file: &object::File<'_>) -> Result<(), String> {
    let sections = gimli::DwarfSections::load(|id| Ok::<_, gimli::Error>(linked(file, id.name())));
    let read = || -> gimli::Result<()> {
        let sections = sections?;
        let dwarf = sections.borrow(|data| gimli::EndianSlice::new(data, gimli::LittleEndian));
        let mut headers = dwarf.units();
        while let Some(header) = headers.next()? {
            let unit = dwarf.unit(header)?;
            let mut entries = unit.entries();
            while let Some(entry) = entries.next_dfs()? {
                for attribute in entry.attrs() {
                    match attribute.value() {
                        gimli::AttributeValue::Exprloc(expression) => walk(expression, &unit)?,
                        gimli::AttributeValue::DebugStrRef(_) | gimli::AttributeValue::DebugStrOffsetsIndex(_) => {
                            dwarf.attr_string(&unit, attribute.value())?;
                        }
                        gimli::AttributeValue::LocationListsRef(offset) => {
                            let mut rows = dwarf.raw_locations(&unit, offset)?;
                            while rows.next()?.is_some() {}
                        }
                        _ => {}
                    }
                }
            }
            if let Some(program) = unit.line_program.clone() {
                let mut rows = program.rows();
                while rows.next_row()?.is_some() {}
            }
        }
        Ok(())
    };
    read().map_err(|error| error.to_string())
}

/// A section with its relocations applied, as if all sections began at 0.
fn linked(file: &object::File<'_>, name: &str) -> Vec<u8> {
    let Some(section) = file.section_by_name(name) else { return Vec::new() };
    let mut data = section.data().unwrap_or_default().to_vec();
    for (at, relocation) in section.relocations() {
        let object::RelocationTarget::Symbol(symbol) = relocation.target() else { continue };
        let place = file.symbol_by_index(symbol).map_or(0, |symbol| symbol.address());
        let value = place.wrapping_add_signed(relocation.addend()).to_le_bytes();
        let size = usize::from(relocation.size()) / 8;
        if let Some(bytes) = data.get_mut(at as usize..).and_then(|rest| rest.get_mut(..size)) {
            bytes.copy_from_slice(&value[..size]);
        }
    }
    data
}

fn walk(
    expression: gimli::Expression<gimli::EndianSlice<'_, gimli::LittleEndian>>,
    unit: &gimli::Unit<gimli::EndianSlice<'_, gimli::LittleEndian>>,
) -> gimli::Result<()> {
    let mut operations = expression.operations(unit.encoding());
    while operations.next()?.is_some() {}
    Ok(())
}
