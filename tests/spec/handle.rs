//! Programs in the handle model, linked as C programs are: with libwasmaot and a driver in C.

use std::path::Path;
use std::process::Command;
use wasmaot_compiler::Options;
use wasmaot_tests::target;

/// Builds what every program in the handle model is linked with, in a folder.
pub fn prepare(options: &Options, folder: &Path) -> Result<(), String> {
    let library = wasmaot_cli::link::library(&options.target)?;
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::write(folder.join("library.o"), library).map_err(wrong)?;
    let driver = wasmaot_tests::tools::root().join("tests/spec/handle.c");
    let mut compile = compiler();
    run(compile.args(["-O1", "-Wall", "-c"]).arg(driver).arg("-o").arg(folder.join("driver.o")))
}

/// Links an object in the handle model as a C program would be.
pub fn link(object: Vec<u8>, path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    let file = path.with_extension("o");
    std::fs::write(&file, object).map_err(|error| format!("{}: {error}", file.display()))?;
    // The compiler for Windows gives names without an ending one.
    let executable = path.with_extension("exe");
    let mut link = compiler();
    link.arg(&file).arg(folder.join("driver.o")).arg(folder.join("library.o")).arg("-o").arg(&executable);
    if target::name().ends_with("-windows") {
        link.arg("-lntdll");
    }
    run(&mut link)?;
    std::fs::rename(&executable, path).map_err(|error| format!("{}: {error}", executable.display()))
}

/// The C compiler for the target.
fn compiler() -> Command {
    Command::new(if target::name().ends_with("-windows") { "x86_64-w64-mingw32-gcc" } else { "cc" })
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", text.trim_end())) }
}
