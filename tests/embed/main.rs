//! C programs with compiled modules in them: `tests/embed/NAME.c`, written against the generated headers only. A test is one
//! such file; its exit status judges, and the tools that watch it: sanitizers, valgrind.
//!
//! `cargo test -p wasmaot-tests --test embed -- [FILTER]`
//!
//! Directives in the file's head, one a line:
//!
//!     module: plain.wat [FLAGS]      a module of this folder, also as C (wasm/lines.c), or a program of set-up (quickjs.wasm); made to an object
//!                                    and a header of the module's name; with `as shared` or `as archive`, to that
//!     run: WAY...                    plain (always), asan, tsan, valgrind, explicit (no signals), cpp (compiled as
//!                                    C++), aarch64, riscv64; under Wine windows, windows-dll (all in DLLs),
//!                                    windows-explicit, windows-cpp
//!     only: WAY...                   these, and not plain
//!     link: FLAG...                  for the C compiler, but that of Windows
//!
//! Everything is built in one folder, in which the program runs.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use wasmaot_tests::process::finish;
use wasmaot_tests::report::{self, Outcome, Test};
use wasmaot_tests::{target, tools};

/// For compiling, and for running: sanitizers and valgrind are slow.
const LIMIT: Duration = Duration::from_secs(300);

/// What is built; the ending is for Windows.
const PROGRAM: &str = "program.exe";

/// Warnings are errors: the headers are part of users' programs.
const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-pedantic", "-Werror"];

/// For modules that are written in C.
const WASM_COMPILER: &[&str] = &["clang-19", "--target=wasm32", "-O2", "-g", "-nostdlib", "-Wl,--no-entry"];

/// A way to build and run a program.
struct Way {
    name: &'static str,
    /// Target of wasmaot; none is the machine's.
    target: Option<&'static str>,
    /// The compiler and its flags.
    compiler: &'static [&'static str],
    /// What runs the program.
    runner: &'static [&'static str],
    /// Flags of `wasmaot compile`.
    flags: &'static [&'static str],
    /// The file that the program is linked with.
    library: &'static str,
}

const STATIC: &str = "-l:libwasmaot.a";

const WAYS: &[Way] = &[
    Way {
        name: "plain",
        target: None,
        compiler: &["gcc", "-std=c99", "-O2"],
        runner: &[],
        flags: &[],
        library: STATIC,
    },
    Way {
        name: "asan",
        target: None,
        compiler: &["gcc", "-std=c99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
        runner: &[],
        flags: &[],
        library: STATIC,
    },
    Way {
        name: "tsan",
        target: None,
        // Its shadow memory wants the address space as it was before kernels randomised 32 bits of it.
        compiler: &["gcc", "-std=c99", "-O1", "-g", "-fsanitize=thread"],
        runner: &["setarch", "-R"],
        flags: &[],
        library: STATIC,
    },
    Way {
        name: "valgrind",
        target: None,
        compiler: &["gcc", "-std=c99", "-O1", "-g"],
        runner: &["valgrind", "-q", "--error-exitcode=99", "--leak-check=full"],
        // Faults would be reported, though they are meant.
        flags: &["--traps", "explicit", "--memory-reserve", "16MiB"],
        library: STATIC,
    },
    Way {
        name: "explicit",
        target: None,
        compiler: &["gcc", "-std=c99", "-O2"],
        runner: &[],
        flags: &["--traps", "explicit"],
        library: STATIC,
    },
    Way {
        name: "cpp",
        target: None,
        compiler: &["g++", "-x", "c++", "-std=c++11", "-O2"],
        runner: &[],
        flags: &[],
        library: STATIC,
    },
    Way {
        name: "aarch64",
        target: Some("aarch64-linux"),
        compiler: &["aarch64-linux-gnu-gcc", "-std=c99", "-O2", "-static"],
        runner: &["qemu-aarch64", "-R", "0x4000000000"],
        flags: &[],
        library: STATIC,
    },
    Way {
        name: "riscv64",
        target: Some("riscv64-linux"),
        compiler: &["riscv64-linux-gnu-gcc", "-std=c99", "-O2", "-static"],
        runner: &["qemu-riscv64", "-R", "0x4000000000"],
        flags: &[],
        library: STATIC,
    },
    Way {
        name: "windows",
        target: Some("x86_64-windows"),
        compiler: &["x86_64-w64-mingw32-gcc", "-std=c99", "-O2", "-static"],
        runner: &["wine64"],
        flags: &[],
        library: STATIC,
    },
    Way {
        name: "windows-dll",
        target: Some("x86_64-windows"),
        compiler: &["x86_64-w64-mingw32-gcc", "-std=c99", "-O2", "-static"],
        runner: &["wine64"],
        flags: &[],
        library: "-l:libwasmaot.dll.a",
    },
    Way {
        name: "windows-explicit",
        target: Some("x86_64-windows"),
        compiler: &["x86_64-w64-mingw32-gcc", "-std=c99", "-O2", "-static"],
        runner: &["wine64"],
        flags: &["--traps", "explicit"],
        library: STATIC,
    },
    Way {
        name: "windows-cpp",
        target: Some("x86_64-windows"),
        compiler: &["x86_64-w64-mingw32-g++", "-x", "c++", "-std=c++11", "-O2", "-static"],
        runner: &["wine64"],
        flags: &[],
        library: STATIC,
    },
];

/// What a file's head says.
#[derive(Default)]
struct Head {
    /// File and flags of each module.
    modules: Vec<Vec<String>>,
    ways: Vec<String>,
    link: Vec<String>,
}

impl Head {
    fn read(text: &str) -> Head {
        let mut head = Head { ways: vec!["plain".to_owned()], ..Head::default() };
        for line in text.lines().take_while(|line| !line.starts_with("#include")) {
            let words = |rest: &str| -> Vec<String> { rest.split_whitespace().map(str::to_owned).collect() };
            let line = line.trim_start_matches(['/', '*', ' ']).trim_end_matches(['/', '*', ' ']);
            if let Some(rest) = line.strip_prefix("module: ") {
                head.modules.push(words(rest));
            } else if let Some(rest) = line.strip_prefix("run: ") {
                head.ways.extend(words(rest));
            } else if let Some(rest) = line.strip_prefix("only: ") {
                head.ways = words(rest);
            } else if let Some(rest) = line.strip_prefix("link: ") {
                head.link.extend(words(rest));
            }
        }
        head
    }
}

fn main() -> ExitCode {
    let mut files = match tools::files(&tools::root().join("tests/embed")) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("embed: {error}");
            return ExitCode::FAILURE;
        }
    };
    files.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    let mut tests = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let head = Head::read(&std::fs::read_to_string(&file).unwrap_or_default());
        for word in head.ways {
            let file = file.clone();
            let test = format!("{name}[{word}]");
            tests.push(Test::new(test, move || match WAYS.iter().find(|way| way.name == word) {
                Some(way) => run(&file, way).unwrap_or_else(Outcome::Failed),
                None => Outcome::Failed(format!("run: {word}: no such way")),
            }));
        }
    }
    report::run(tests)
}

/// Builds and runs one program in one way.
fn run(file: &Path, way: &Way) -> Result<Outcome, String> {
    for program in [way.compiler.first(), way.runner.first()].into_iter().flatten() {
        if target::which(program).is_none() {
            return Ok(Outcome::Ignored(format!("{program} is not installed: run tests/setup.sh")));
        }
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("embed-{name}-{}", way.name));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let head = Head::read(&std::fs::read_to_string(file).map_err(|error| error.to_string())?);
    let wasmaot = tools::wasmaot()?;
    let windows = way.target.is_some_and(|target| target.ends_with("-windows"));
    let target: Vec<&str> = way.target.map_or(Vec::new(), |target| vec!["--target", target]);
    works(Command::new(&wasmaot).args(["library", "--prefix", "prefix"]).args(&target).current_dir(&folder))?;

    let mut objects = Vec::new();
    for words in &head.modules {
        let Some((module, flags)) = words.split_first() else { return Err("module: no file".to_owned()) };
        let mut source = file.with_file_name(module);
        if !source.exists() {
            source = tools::cache().join("programs").join(module);
        }
        if !source.exists() {
            return Ok(Outcome::Ignored(format!("{module} is not there: run tests/setup.sh")));
        }
        if source.extension().is_some_and(|extension| extension == "c") {
            let Some((clang, words)) = WASM_COMPILER.split_first().filter(|(clang, _)| target::which(clang).is_some())
            else {
                return Ok(Outcome::Ignored("no compiler to wasm: run tests/setup.sh".to_owned()));
            };
            let made = folder.join(module).with_extension("wasm");
            let made = folder.join(made.file_name().unwrap_or_default());
            works(Command::new(clang).args(words).arg(&source).arg("-o").arg(&made))?;
            source = made;
        }
        let (kind, flags) = match flags {
            [word, kind, flags @ ..] if word == "as" => (kind.as_str(), flags),
            flags => ("obj", flags),
        };
        // With the library's DLL go those of the modules.
        let linked = kind == "obj" && way.library != STATIC;
        let kind = if linked { "shared" } else { kind };
        let stem = Path::new(module).file_stem().unwrap_or_default().to_string_lossy();
        let output = format!(
            "{stem}.{}",
            match kind {
                "shared" if windows => "dll",
                "shared" => "so",
                _ => "o",
            }
        );
        let mut compile = Command::new(&wasmaot);
        compile.arg("compile").arg(&source).args(["--emit", kind, "-o", &output, "--header"]).arg(format!("{stem}.h"));
        works(compile.args(&target).args(way.flags).args(flags).current_dir(&folder))?;
        if linked {
            objects.push(format!("{stem}.lib"));
        } else if kind != "shared" {
            objects.push(output);
        }
    }
    let Some((compiler, flags)) = way.compiler.split_first() else { return Err("no compiler".to_owned()) };
    let mut build = Command::new(compiler);
    build.args(flags).args(WARNINGS).args(["-Iprefix/include", "-I."]).arg(file);
    if flags.contains(&"c++") {
        build.args(["-x", "none"]);
    }
    build.args(&objects).args(["-Lprefix/lib", way.library, "-lpthread", "-o", PROGRAM]);
    if windows {
        let (from, to) = (folder.join("prefix/bin/libwasmaot.dll"), folder.join("libwasmaot.dll"));
        std::fs::copy(&from, to).map_err(|error| format!("{}: {error}", from.display()))?;
    } else {
        build.args(&head.link);
    }
    works(build.current_dir(&folder))?;

    let runner: Vec<String> = way.runner.iter().map(|&word| word.to_owned()).collect();
    let mut command = target::under(&runner, folder.join(PROGRAM));
    if windows {
        target::with_wine(command.env_clear());
    }
    let finished = finish(command.current_dir(&folder), b"", LIMIT)?;
    if finished.status != 0 {
        let said = String::from_utf8_lossy(&finished.stdout).into_owned();
        return Err(format!("exit status {}\n{said}\n{}", finished.status, finished.complaint()));
    }
    drop(std::fs::remove_dir_all(&folder));
    Ok(Outcome::Passed)
}

/// Runs a command that must work.
fn works(command: &mut Command) -> Result<(), String> {
    let finished = finish(command, b"", LIMIT)?;
    if finished.status == 0 { Ok(()) } else { Err(format!("{command:?}: {}", finished.complaint())) }
}
