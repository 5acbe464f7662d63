//! The examples for C programs: each is built as its own instructions say, and run.

use crate::case::Case;
use std::process::Command;
use wasmaot_tests::{target, tools};

const EXPECTED: &str = "no error: 255, 251, ... 3\nout of bounds memory access\n";

/// A copy of `examples/filter`.
fn filter(name: &str) -> Case {
    let case = Case::new(name);
    for file in std::fs::read_dir(tools::root().join("examples/filter")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), case.folder.join(file.file_name())).unwrap();
    }
    case
}

#[test]
fn with_make() {
    let case = filter("examples-make");
    let wasmaot = format!("WASMAOT={}", tools::wasmaot().unwrap().display());
    let made = case.finish(case.command("make").args(["-s", &wasmaot, "run"]));
    assert_eq!(String::from_utf8_lossy(&made.stdout), EXPECTED, "{}", made.complaint());
    assert_eq!(made.status, 0);
}

#[test]
fn with_cmake() {
    let case = filter("examples-cmake");
    if target::which("cmake").is_none() {
        return eprintln!("no cmake: not run; tests/setup.sh installs it");
    }
    case.works("library --prefix lib");
    let works = |command: &mut Command| {
        let finished = case.finish(command);
        assert_eq!(finished.status, 0, "{command:?}: {}", finished.complaint());
        finished
    };
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", case.folder.join("lib").display());
    let wasmaot = format!("-DWASMAOT={}", tools::wasmaot().unwrap().display());
    works(case.command("cmake").args(["-B", "build", &prefix, &wasmaot]));
    works(case.command("cmake").args(["--build", "build"]));
    let run = works(&mut case.command(case.folder.join("build/filter")));
    assert_eq!(String::from_utf8_lossy(&run.stdout), EXPECTED);
}

#[test]
fn with_pkg_config_and_the_shared_library() {
    let case = filter("examples-shared");
    case.works("library --prefix lib");
    case.works("compile filter.wat --emit=archive -o libfilter.a --header filter.h");
    case.works("compile filter.wat --emit=obj -o filter.o");
    let works = |command: &mut Command| {
        let finished = case.finish(command);
        assert_eq!(finished.status, 0, "{command:?}: {}", finished.complaint());
        finished
    };
    // An archive needs nothing else.
    works(case.command("cc").args(["-Ilib/include", "main.c", "libfilter.a", "-o", "with-archive"]));
    let run = works(&mut case.command(case.folder.join("with-archive")));
    assert_eq!(String::from_utf8_lossy(&run.stdout), EXPECTED);
    works(case.command("cc").args([
        "-Ilib/include",
        "main.c",
        "filter.o",
        "-Llib/lib",
        "-l:libwasmaot.so",
        "-Wl,-rpath,$ORIGIN/lib/lib",
        "-o",
        "with-shared",
    ]));
    let run = works(&mut case.command(case.folder.join("with-shared")));
    assert_eq!(String::from_utf8_lossy(&run.stdout), EXPECTED);
    if target::which("pkg-config").is_some() {
        let flags = works(case.command("pkg-config").args(["--cflags", "--libs", "lib/lib/pkgconfig/wasmaot.pc"]));
        let flags = String::from_utf8_lossy(&flags.stdout).into_owned();
        assert!(flags.contains("-lwasmaot") && flags.contains("/include"), "{flags}");
    }
}

const MINGW: &str = "x86_64-w64-mingw32-gcc";

/// What a program for Windows says, under Wine: its C library ends lines with two characters.
fn windows(case: &Case, program: &str) -> String {
    let mut command = target::under(&["wine64".to_owned()], case.folder.join(program));
    let run = case.finish(target::with_wine(command.env_clear().current_dir(&case.folder)));
    assert_eq!(run.status, 0, "{program}: {}", run.complaint());
    String::from_utf8_lossy(&run.stdout).replace("\r\n", "\n")
}

#[test]
fn for_windows() {
    let case = filter("examples-windows");
    if target::which(MINGW).is_none() || target::which("wine64").is_none() {
        return eprintln!("no {MINGW} or no wine64: not run; tests/setup.sh installs them");
    }
    case.works("library --prefix lib --target x86_64-windows");
    let works = |command: &mut Command| {
        let finished = case.finish(command);
        assert_eq!(finished.status, 0, "{command:?}: {}", finished.complaint());
    };
    let gcc = |arguments: &str| works(case.command(MINGW).arg("-Ilib/include").args(arguments.split(' ')));
    // An archive needs nothing else, nor does the library.
    case.works("compile filter.wat --target x86_64-windows --emit=archive -o filter.a --header filter.h");
    gcc("main.c filter.a -o archive.exe");
    assert_eq!(windows(&case, "archive.exe"), EXPECTED);
    case.works("compile filter.wat --target x86_64-windows --emit=obj -o filter.o");
    gcc("main.c filter.o -Llib/lib -l:libwasmaot.a -o static.exe");
    assert_eq!(windows(&case, "static.exe"), EXPECTED);
    // DLLs, found beside the program.
    case.works("compile filter.wat --target x86_64-windows --emit=shared -o filter.dll");
    std::fs::copy(case.folder.join("lib/bin/libwasmaot.dll"), case.folder.join("libwasmaot.dll")).unwrap();
    gcc("main.c -L. -lfilter -Llib/lib -lwasmaot -o dll.exe");
    assert_eq!(windows(&case, "dll.exe"), EXPECTED);
    case.fails("compile filter.wat --target x86_64-windows --emit=shared --link-imports -o a.dll", &["--link-imports"]);
    if target::which("cmake").is_none() {
        return eprintln!("no cmake: not run; tests/setup.sh installs it");
    }
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", case.folder.join("lib").display());
    let wasmaot = format!("-DWASMAOT={}", tools::wasmaot().unwrap().display());
    let compiler = format!("-DCMAKE_C_COMPILER={MINGW}");
    works(
        case.command("cmake").args(["-B", "build", "-DCMAKE_SYSTEM_NAME=Windows", &compiler, &prefix, &wasmaot]).args(
            [
                "-DWASMAOT_FLAGS=--target;x86_64-windows",
                // Not that of a folder where everything is searched below another root.
                "-DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=BOTH",
            ],
        ),
    );
    works(case.command("cmake").args(["--build", "build"]));
    assert_eq!(windows(&case, "build/filter.exe"), EXPECTED);
}

#[test]
fn from_rust() {
    let host = tools::root().join("examples/rust-host");
    let case = Case::new("examples-rust");
    let mut cargo = case.command("cargo");
    cargo.args(["run", "-q", "--offline", "--manifest-path"]).arg(host.join("Cargo.toml"));
    cargo.env("CARGO_TARGET_DIR", &case.folder).env("WASMAOT", tools::wasmaot().unwrap()).env_remove("RUSTFLAGS");
    let run = case.finish(cargo.current_dir(host));
    assert_eq!(
        String::from_utf8_lossy(&run.stdout),
        "255, 251, ... 3\nout of bounds memory access\n",
        "{}",
        run.complaint()
    );
}
