//! The target that a suite tests, and what runs its programs: `TARGET=aarch64-linux` gives every compilation `--target`
//! and puts an emulator in front of every program. `RUNNER="qemu-riscv64 -cpu rv64,v=true,vext_spec=v1.0"` names
//! another one (without `vext_spec` it writes a warning to the standard error stream, which tests compare).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Once;
use std::time::Duration;

/// The target that programs run on without an emulator.
const HOST: &str = "x86_64-linux";

/// Emulators by target; those of processors with an address space of 256 GiB: that of RISC-V's sv39, the smallest that
/// there is.
const EMULATORS: &[(&str, &str)] = &[
    ("aarch64-linux", "qemu-aarch64 -R 0x4000000000"),
    ("riscv64-linux", "qemu-riscv64 -R 0x4000000000"),
    ("x86_64-windows", "wine64"),
];

/// How many times longer a program may take under an emulator.
const EMULATION: u32 = 20;

/// `$TARGET`, or the machine's.
pub fn name() -> String {
    std::env::var("TARGET").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| HOST.to_owned())
}

/// Flags of `wasmaot compile` for the target.
pub fn flags() -> Vec<String> {
    match name() {
        name if name == HOST => Vec::new(),
        name => vec!["--target".to_owned(), name],
    }
}

/// The words that run a program of the target: none on the machine itself. `$RUNNER`, or the emulator's name.
pub fn runner() -> Vec<String> {
    let words = match std::env::var("RUNNER") {
        Ok(words) => words,
        Err(_) => of(&name()).unwrap_or_default().to_owned(),
    };
    words.split_whitespace().map(str::to_owned).collect()
}

/// The words that run a program of a target, if it needs some.
pub fn of(target: &str) -> Option<&'static str> {
    EMULATORS.iter().find(|(name, _)| *name == target).map(|(_, emulator)| *emulator)
}

/// Why programs of the target cannot be run on this machine, if they cannot.
pub fn missing() -> Option<String> {
    let runner = runner();
    let program = runner.first()?;
    which(program).is_none().then(|| format!("{program} is not installed: run tests/setup.sh"))
}

/// Whether something runs the programs that is much slower than the machine.
pub fn is_emulated() -> bool {
    !runner().is_empty()
}

/// A time limit of a native program, for one of the target.
pub fn limit(native: Duration) -> Duration {
    if is_emulated() { native * EMULATION } else { native }
}

/// A command that runs a program of the target.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    under(&runner(), program)
}

/// A command that runs a program with these words in front.
pub fn under(runner: &[String], program: impl AsRef<std::ffi::OsStr>) -> Command {
    let Some((emulator, arguments)) = runner.split_first() else { return Command::new(program) };
    // Found now: the command may get an empty environment.
    let mut command = Command::new(which(emulator).unwrap_or_else(|| emulator.into()));
    command.args(arguments).arg(program);
    command
}

/// Empties the environment of a command, but for what its emulator needs.
pub fn clear_environment(command: &mut Command) -> &mut Command {
    command.env_clear();
    if name().ends_with("-windows") { with_wine(command) } else { command }
}

/// Seconds that Wine's server waits for the next program. By itself it ends with each, and a program that starts meanwhile
/// may be lost; starting it takes a second, too.
const WINE_SERVER: &str = "-p30";

/// What Wine needs in its environment: it keeps a system in a folder, and says nothing with these variables. The system
/// is made at the first call, since programs that start together would each make it.
pub fn with_wine(command: &mut Command) -> &mut Command {
    static MADE: Once = Once::new();
    let folder = crate::tools::cache().join("wine");
    MADE.call_once(|| {
        let made = folder.join("prefix/system.reg").exists();
        let mut calls = vec![("wineserver64", vec![WINE_SERVER])];
        if !made && std::fs::create_dir_all(&folder).is_ok() {
            calls.push(("wine64", vec!["wineboot", "--init"]));
        }
        // The system's services begin with the first program, and would keep its pipes open.
        calls.push(("wine64", vec!["cmd", "/c", "exit"]));
        for (program, arguments) in calls {
            if let Some(program) = which(program) {
                let mut call = Command::new(program);
                let call = wine_variables(call.env_clear().args(arguments), &folder);
                // What goes wrong here shows in the tests. The server would keep pipes open.
                drop(call.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status());
            }
        }
    });
    wine_variables(command, &folder)
}

fn wine_variables<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    command
        .env("HOME", folder)
        .env("WINEPREFIX", folder.join("prefix"))
        .env("WINEDEBUG", "-all")
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
        .env("LC_ALL", "C.UTF-8")
}

/// Where a program is in `PATH`, or where Debian has Wine's.
pub fn which(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(program.into()).filter(|path: &PathBuf| path.is_file());
    }
    let folders = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&folders).chain(["/usr/lib/wine".into()]);
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}
