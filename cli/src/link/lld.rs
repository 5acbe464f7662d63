//! LLVM's linkers and their like, for formats that the built-in linker does not know: found, and run on temporary files.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of LLVM's linkers.
pub struct Flavor {
    /// What the program that is all of them must be told.
    pub option: &'static str,
    /// The program that is this one.
    pub program: &'static str,
    /// The system that it links for, for messages.
    pub system: &'static str,
}

/// What a linker is called with before its arguments.
pub struct Linker {
    program: PathBuf,
    first: Vec<OsString>,
}

impl Linker {
    /// The linker of `--linker`, or one that is installed.
    pub fn find(chosen: Option<&Path>, flavor: &Flavor) -> Result<Linker, String> {
        let told = || vec!["-flavor".into(), flavor.option.into()];
        if let Some(program) = chosen {
            // The driver that is several linkers must be told which.
            let generic = program.file_stem().is_some_and(|name| name == "rust-lld" || name == "lld");
            return Ok(Linker { program: program.to_owned(), first: if generic { told() } else { Vec::new() } });
        }
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
        let in_path = |name: &str| {
            // Names have dots of their own.
            let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            folders.iter().map(|folder| folder.join(&file)).find(|file| file.is_file())
        };
        if let Some(program) = in_path(flavor.program) {
            return Ok(Linker { program, first: Vec::new() });
        }
        if let Some(program) = in_path("rust-lld").or_else(|| in_path("lld")).or_else(of_rust) {
            return Ok(Linker { program, first: told() });
        }
        // As Linux distributions call it: with a version, the newest first.
        let versioned = (14..40).rev().find_map(|version| in_path(&format!("{}-{version}", flavor.program)));
        versioned.map(|program| Linker { program, first: Vec::new() }).ok_or_else(|| {
            format!(
                "no linker for {} programs found: install lld (`{}` or `rust-lld` in PATH, or a Rust toolchain of rustup, \
                 which has one), or name one with --linker; --emit=obj needs none",
                flavor.system, flavor.program
            )
        })
    }

    /// Links files, given by name and content, in a folder of their own; the content of `output`, which the arguments must
    /// name.
    pub fn run(&self, arguments: &[String], inputs: &[(&str, &[u8])], output: &str) -> Result<Vec<u8>, String> {
        super::in_new_folder(|folder| {
            let mut command = Command::new(&self.program);
            command.args(&self.first).args(arguments).current_dir(folder);
            for (name, content) in inputs {
                let path = folder.join(name);
                fs::write(&path, content).map_err(|error| format!("{}: {error}", path.display()))?;
                // What is exported is said in a file.
                command.arg(if name.ends_with(".def") { format!("/def:{name}") } else { (*name).to_owned() });
            }
            let name = self.program.display();
            let result = command.output().map_err(|error| format!("{name}: {error}"))?;
            if !result.status.success() {
                // Some of these linkers speak on standard output.
                let text = super::one_line(&String::from_utf8_lossy(&[result.stderr, result.stdout].concat()));
                return Err(format!("the linker {name}: {}: {text}", result.status));
            }
            let path = folder.join(output);
            fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
        })
    }
}

/// The linker of the Rust toolchain in use.
fn of_rust() -> Option<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().ok().filter(|out| out.status.success())?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    let triples = fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
    let candidates = triples
        .flatten()
        .map(|triple| triple.path().join("bin/rust-lld").with_extension(std::env::consts::EXE_EXTENSION));
    candidates.into_iter().find(|file| file.is_file())
}
