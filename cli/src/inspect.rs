//! `wasmaot inspect`: what a program is made of and what it may do. Tells executables and objects of ours from modules
//! by their first bytes; [`native`] and [`wasm`] make the report, here is what both say alike.

mod native;
mod wasm;

use crate::args::Parsed;
use crate::compile;
use crate::failure::Failure;
use crate::flags::Id;
use crate::settings::number;
use std::fmt::Write;
use std::path::Path;
use wasmaot_abi::info;

/// The command.
pub fn command(parsed: &Parsed) -> Result<(), Failure> {
    let input = Path::new(parsed.operand("FILE")?);
    let largest = number(parsed, Id::Largest, "--largest", 0..=1_000_000)?.unwrap_or(10);
    let bytes = compile::read_input(input)?;
    let name = compile::display_name(input);
    let failed = |text: String| Failure::in_file(&name, &text);
    let report = if is_native(&bytes) {
        native::report(&name, &bytes, largest).map_err(failed)?
    } else {
        wasm::report(&name, &bytes, largest).map_err(failed)?
    };
    crate::output::print(report.as_bytes())
}

/// Whether these are the first bytes of a program or object: ELF, a program of Windows, Mach-O, COFF of two instruction
/// sets.
pub fn is_native(bytes: &[u8]) -> bool {
    let magics: [&[u8]; 5] = [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\x64\x86", b"\x64\xaa"];
    magics.iter().any(|magic| bytes.starts_with(magic))
}

/// A heading and what stands under it, or nothing.
fn section(out: &mut String, heading: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{heading}:");
    for line in lines {
        let _ = writeln!(out, "    {line}");
    }
}

/// Imports, exports and memories among the facts of a program.
fn module_sections<'a>(out: &mut String, facts: impl Iterator<Item = (&'a str, &'a str)> + Clone) {
    for (key, heading) in [(info::IMPORT, "Imports"), (info::EXPORT, "Exports"), (info::MEMORY, "Memories")] {
        let lines: Vec<String> =
            facts.clone().filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).collect();
        section(out, &format!("{heading} ({})", lines.len()), &lines);
    }
}

/// Sizes in bytes with names, right-aligned, as many as asked for.
fn sizes<'a>(sizes: impl Iterator<Item = (&'a str, u64)>, at_most: usize) -> Vec<String> {
    sizes.take(at_most).map(|(name, size)| format!("{size:>12}  {name}")).collect()
}

/// `8 MiB`, where that is exact.
fn bytes(count: u64) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] {
        if count >= 1 << shift && count.trailing_zeros() >= shift {
            return format!("{} {unit}", count >> shift);
        }
    }
    format!("{count} bytes")
}
