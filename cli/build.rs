//! Builds the runtime library for every target whose `core` is installed, and embeds each as one relocatable object, so
//! that the `wasmaot` program needs nothing beside it.
//!
//! Per target: rustc makes an rlib of `runtime-lib/abi` and a static library of `runtime-lib` (which has no other
//! dependencies), then the toolchain's linker makes one object of the members that are needed, its functions still in
//! sections of their own, so that the final link drops what a program does not use. The result is a table in
//! `OUT_DIR/runtimes.rs`, read by `src/link.rs`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "../compiler/src/targets.rs"]
#[allow(dead_code)]
mod targets;

use targets::{Row, TARGETS};

/// Flags of the runtime and of what it is made from. Frame pointers let debuggers and profilers walk through it.
const FLAGS: &[&str] = &[
    "--edition=2024",
    "--cap-lints=allow",
    "-Cpanic=abort",
    "-Cforce-frame-pointers=yes",
    "-Crelocation-model=pic",
    "-Ccodegen-units=1",
    "-Copt-level=s",
];

/// Linker script of the first link: drops the standard library's debug information (`--strip-debug` does nothing with
/// `-r`), and unwind tables, which would be a tenth of a small program where frame pointers do (rustc makes them whatever
/// its flags say). Symbol names stay, for backtraces of gdb and for perf.
const DISCARD: &str =
    "SECTIONS { /DISCARD/ : { *(.debug_*) *(.rela.debug_*) *(.eh_frame) *(.comment) *(.llvm_addrsig) } }\n";

fn main() {
    // Half a megabyte of relocations of the program itself would be read and applied at every start.
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    if let Err(error) = embed_runtimes() {
        for line in error.lines() {
            println!("cargo::error={line}");
        }
    }
}

fn embed_runtimes() -> Result<(), String> {
    let build = Build::new()?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../compiler/src/targets.rs");
    println!("cargo::rerun-if-changed={}", build.runtime.join("src").display());
    println!("cargo::rerun-if-changed={}", build.runtime.join("abi/src").display());
    // rustup notes here which targets are installed.
    let components = build.sysroot.join("lib/rustlib/components");
    if components.is_file() {
        println!("cargo::rerun-if-changed={}", components.display());
    }
    let mut table = String::from("/// Embedded runtimes: target name and object.\n");
    table.push_str("pub const RUNTIMES: &[(&str, &[u8])] = &[\n");
    for row in TARGETS {
        // Objects only, so far.
        if row.name != "aarch64-windows" && build.has_core(row) {
            let object = build.runtime(row).map_err(|error| format!("the runtime for {}: {error}", row.name))?;
            table.push_str(&format!("    ({:?}, include_bytes!({object:?})),\n", row.name));
        }
    }
    table.push_str("];\n/// Embedded libraries for C programs: target name and object.\n");
    table.push_str("pub const LIBRARIES: &[(&str, &[u8])] = &[\n");
    for row in TARGETS {
        if (row.name.ends_with("-linux") || row.name == "x86_64-windows") && build.has_core(row) {
            let object = build.library(row).map_err(|error| format!("the library for {}: {error}", row.name))?;
            table.push_str(&format!("    ({:?}, include_bytes!({object:?})),\n", row.name));
        }
    }
    table.push_str("];\n");
    let path = build.out.join("runtimes.rs");
    fs::write(&path, table).map_err(|error| format!("{}: {error}", path.display()))
}

/// Where things are.
struct Build {
    rustc: PathBuf,
    sysroot: PathBuf,
    runtime: PathBuf,
    out: PathBuf,
}

impl Build {
    fn new() -> Result<Build, String> {
        let variable = |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("{name} is not set"));
        let rustc = variable("RUSTC")?;
        let sysroot = PathBuf::from(output(Command::new(&rustc).args(["--print", "sysroot"]))?.trim());
        let runtime = variable("CARGO_MANIFEST_DIR")?.join("../runtime-lib");
        let runtime = runtime.canonicalize().map_err(|error| format!("{}: {error}", runtime.display()))?;
        Ok(Build { rustc, sysroot, runtime, out: variable("OUT_DIR")? })
    }

    /// Whether `core` is installed for a target.
    fn has_core(&self, row: &Row) -> bool {
        let Ok(files) = fs::read_dir(self.sysroot.join("lib/rustlib").join(row.rust_triple).join("lib")) else {
            return false;
        };
        files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
    }

    /// Builds the runtime for a target; returns the path of the object.
    fn runtime(&self, row: &Row) -> Result<PathBuf, String> {
        let out = self.out.join(row.name);
        fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
        let abi = out.join("libwasmaot_abi.rlib");
        output(self.rustc("wasmaot_abi", row, "abi/src/lib.rs", &abi).arg("--crate-type=rlib"))?;
        let library = self.archive(row, &out, "wasmaot_standalone")?;
        let object = out.join("runtime.o");
        if row.name.ends_with("-windows") || row.name.ends_with("-macos") {
            return own_member(&library, object);
        }
        self.one_object(&library, "wasmaot_start", &out, object)
    }

    /// Builds the library for C programs of a target, whose `abi` is built; returns the path of the object.
    fn library(&self, row: &Row) -> Result<PathBuf, String> {
        let out = self.out.join(row.name);
        let library = self.archive(row, &out, "wasmaot_library")?;
        if row.name.ends_with("-windows") {
            return own_member(&library, out.join("library.o"));
        }
        self.one_object(&library, "wasmaot_abi_4", &out, out.join("library.o"))
    }

    /// Builds the crate as a static library.
    fn archive(&self, row: &Row, out: &Path, cfg: &str) -> Result<PathBuf, String> {
        let library = out.join(format!("lib{cfg}.a"));
        let abi = out.join("libwasmaot_abi.rlib");
        output(
            self.rustc("wasmaot_runtime", row, "src/lib.rs", &library)
                .arg(format!("--cfg={cfg}"))
                .args(["--crate-type=staticlib", "-Clto=fat", "--extern"])
                .arg(join("wasmaot_abi=", &abi, "")),
        )?;
        Ok(library)
    }

    /// One object of the members of a library that a symbol needs.
    fn one_object(&self, library: &Path, root: &str, out: &Path, object: PathBuf) -> Result<PathBuf, String> {
        let script = out.join("discard.ld");
        fs::write(&script, DISCARD).map_err(|error| format!("{}: {error}", script.display()))?;
        output(
            Command::new(self.linker()?)
                .args(["-flavor", "gnu", "-r", "-T"])
                .arg(&script)
                .arg(format!("--undefined={root}"))
                .arg("-o")
                .arg(&object)
                .arg(library),
        )?;
        Ok(object)
    }

    /// A compiler call with all that both crates have in common.
    fn rustc(&self, name: &str, row: &Row, source: &str, out: &Path) -> Command {
        let mut command = Command::new(&self.rustc);
        command.args(FLAGS).args(row.rust_flags).args(["--crate-name", name, "--target", row.rust_triple]);
        command.arg(join("--remap-path-prefix=", &self.runtime, "=runtime-lib"));
        command.arg("-o").arg(out).arg(self.runtime.join(source));
        command
    }

    /// The toolchain's own ELF linker.
    fn linker(&self) -> Result<PathBuf, String> {
        let host = env::var("HOST").map_err(|error| format!("HOST: {error}"))?;
        let mut path = self.sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
        path.set_extension(env::consts::EXE_EXTENSION);
        if path.is_file() {
            return Ok(path);
        }
        Err(format!("{} is missing; it comes with the toolchains that rustup installs", path.display()))
    }
}

/// One object of a static library, without a linker: COFF linkers make no objects, Mach-O ones need not. With link-time
/// optimisation one member has all that is ours and all of the standard library that it uses.
fn own_member(library: &Path, object: PathBuf) -> Result<PathBuf, String> {
    let archive = fs::read(library).map_err(|error| format!("{}: {error}", library.display()))?;
    let member = member(&archive, "wasmaot_runtime").ok_or("no member wasmaot_runtime in its library")?;
    fs::write(&object, member).map_err(|error| format!("{}: {error}", object.display()))?;
    Ok(object)
}

/// The first member of an archive whose name has this in it.
fn member<'a>(archive: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = archive.strip_prefix(b"!<arch>\n")?;
    let mut names: &[u8] = &[];
    loop {
        // Name, time, owner, group, mode, size, end: 16, 12, 6, 6, 8, 10, 2 bytes.
        let (head, after) = rest.split_at_checked(60)?;
        let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).ok().map(str::trim_end);
        let (content, next) = after.split_at_checked(text(head.get(48..58)?)?.parse().ok()?)?;
        match text(head.get(..16)?)? {
            "//" => names = content,
            // A long name as BSD has it: the content begins with it.
            long if long.starts_with("#1/") => {
                let (long, content) = content.split_at_checked(long.get(3..)?.parse().ok()?)?;
                if long.windows(name.len()).any(|part| part == name.as_bytes()) {
                    return Some(content);
                }
            }
            short => {
                // A long name is a place among the names.
                let long = short.strip_prefix('/').and_then(|at| names.get(at.parse::<usize>().ok()?..));
                let long = long.and_then(|names| text(names.split(|byte| b"/\n\0".contains(byte)).next()?));
                if long.unwrap_or(short).contains(name) {
                    return Some(content);
                }
            }
        }
        rest = next.get(content.len() % 2..)?;
    }
}

/// Text, then a path, then text, as one argument.
fn join(prefix: &str, path: &Path, suffix: &str) -> OsString {
    let mut argument = OsString::from(prefix);
    argument.push(path);
    argument.push(suffix);
    argument
}

/// Runs a command; its standard output, or what went wrong.
fn output(command: &mut Command) -> Result<String, String> {
    let result = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if result.status.success() {
        return Ok(String::from_utf8_lossy(&result.stdout).into_owned());
    }
    let program = command.get_program().display();
    Err(format!("{program}: {}\n{}", result.status, String::from_utf8_lossy(&result.stderr)))
}
