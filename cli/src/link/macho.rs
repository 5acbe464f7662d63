//! macOS: object + embedded runtime -> executable, with LLVM's linker for Mach-O ([`FLAVOR`]), or that of `--linker`, which must
//! take the same arguments (Apple's `ld` does).
//!
//! No SDK is needed: which functions the runtime imports from libSystem stands in its source ([`IMPORTS`]), and [`stub`] makes
//! from it what linkers take for the library.

use super::lld::Flavor;
use std::fmt::Write;
use wasmaot_compiler::Options;

/// Functions that the runtime imports from libSystem, by their link names, one a line.
const IMPORTS: &str = include_str!("../../../runtime-lib/src/os/macos/imports.txt");

/// The linker for Mach-O.
pub const FLAVOR: Flavor = Flavor { option: "darwin", program: "ld64.lld", system: "macOS" };

/// Name of the file that stands for libSystem.
pub const STUB: &str = "libSystem.tbd";

/// Arguments of the link, without the names of files.
pub fn arguments(options: &Options) -> Result<Vec<String>, String> {
    let (arch, system) = match options.target.name {
        "aarch64-macos" => ("arm64", "11.0"),
        "x86_64-macos" => ("x86_64", "10.13"),
        name => return Err(format!("executables of {name} cannot be linked yet; --emit=obj makes an object")),
    };
    // -S: no references to the objects as a debugger's input, which are gone when the link is done.
    let mut arguments = vec!["-arch", arch, "-platform_version", "macos", system, system, "-dead_strip", "-S"];
    if options.strip {
        arguments.push("-x");
    }
    Ok(arguments.into_iter().map(str::to_owned).collect())
}

/// What stands for libSystem: a text-based stub (`.tbd`) that lists what is imported.
pub fn stub() -> String {
    const TARGETS: &str = "[ x86_64-macos, arm64-macos ]";
    let mut out = format!("--- !tapi-tbd\ntbd-version: 4\ntargets: {TARGETS}\n");
    out.push_str("install-name: '/usr/lib/libSystem.B.dylib'\nexports:\n");
    let names: Vec<String> = imports().map(|name| format!("'{name}'")).collect();
    let _ = writeln!(out, "  - targets: {TARGETS}\n    symbols: [ {} ]\n...", names.join(", "));
    out
}

fn imports() -> impl Iterator<Item = &'static str> {
    IMPORTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::{Object, ObjectSymbol};

    #[test]
    fn the_list_has_what_the_runtime_imports() {
        for (target, runtime) in crate::link::RUNTIMES.iter().filter(|(target, _)| target.ends_with("-macos")) {
            let file = object::File::parse(*runtime).unwrap();
            for symbol in file.symbols().filter(|symbol| symbol.is_undefined()) {
                let name = symbol.name().unwrap();
                let known = name == "_wasmaot_program" || imports().any(|import| import == name);
                assert!(known, "{target}: {name} is not in imports.txt");
            }
        }
    }

    #[test]
    fn the_stub_lists_everything_once() {
        let stub = stub();
        for import in imports() {
            assert_eq!(stub.matches(&format!("'{import}'")).count(), 1, "{import}");
        }
    }
}
