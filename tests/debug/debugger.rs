//! gdb and lldb in batch mode: a whole transcript in one process, and what it printed for each step.
//!
//! Nothing of the machine's takes part: no start-up files, no scripts for pretty printing, no source of debug information
//! on a network. What the program prints comes through the same pipe, in its place: in gdb when the program's C library
//! writes it (into a pipe, at the end), in lldb after each line.
//!
//! A program for another instruction set runs in an emulator, which gdb-multiarch talks to: `run` starts it, waits until it listens,
//! connects and continues.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use wasmaot_tests::process::finish;
use wasmaot_tests::target;

/// Seconds for a session, and more until a debugger that does not end is killed.
const LIMIT: u64 = 120;
const GRACE: u64 = 10;

/// Joins the two streams of a debugger, and ends it with all that it started when it takes too long; what it said until
/// then is kept.
const WRAPPER: &str = "exec timeout -k \"$1\" \"$2\" \"${@:3}\" 2>&1";

/// What comes before that for gdb: an input that has nothing and does not end. Where gdb looks at one that has ended, as it may behind
/// `kill`, it quits.
const GDB_INPUT: &str = "mkfifo input && exec 0<>input && rm input && ";

/// Starts a program in an emulator that waits for gdb at a socket, and comes back when it does. `EMULATOR`, `SOCKET` and `LIMIT` are put
/// in; the kernel's list of sockets has these digits for those that listen. An emulator that nobody connects to would wait for ever.
const START: &str = "timeout -s KILL LIMIT EMULATOR -g SOCKET ./program & \
     while kill -0 $! && ! grep ' SOCKET$' /proc/net/unix | grep -q ' 00010000 '; do sleep 0.01; done";

/// Where a debugger looks up things that are not the program's.
pub const GDB_FLAGS: &[&str] = &["-nx", "-batch", "-iex", "set auto-load no", "-iex", "set debuginfod enabled off"];
const GDB_SETTINGS: &[&str] = &["set width 0", "set style enabled off", "set startup-with-shell off"];
/// qemu 7.2 has no watchpoints in programs; gdb can step instead.
const GDB_REMOTE: &str = "set can-use-hw-watchpoints 0";
const LLDB_FLAGS: &[&str] = &["--no-lldbinit", "--batch"];
/// Source lines around a stop would answer for the values in them.
const LLDB_SETTINGS: &[&str] = &[
    "settings set use-color false",
    "settings set stop-line-count-before 0",
    "settings set stop-line-count-after 0",
    "settings set target.load-script-from-symbol-file false",
];

/// One of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Debugger {
    Gdb,
    Lldb,
}

/// What came of a transcript.
pub struct Session {
    /// What was printed for each step; none for those that it did not come to.
    pub outputs: Vec<Option<String>>,
    /// How it ended, for a story: nothing when it ended as it should.
    pub end: String,
}

impl Debugger {
    /// The one that a transcript is for, by its ending.
    pub fn of(transcript: &Path) -> Option<Debugger> {
        match transcript.extension()?.to_str()? {
            "gdb" => Some(Debugger::Gdb),
            "lldb" => Some(Debugger::Lldb),
            _ => None,
        }
    }

    /// Its command; that for programs in an emulator is another.
    pub fn program(self, emulator: Option<&str>) -> &'static str {
        match self {
            Debugger::Gdb if emulator.is_some() => "gdb-multiarch",
            Debugger::Gdb => "gdb",
            Debugger::Lldb => "lldb-19",
        }
    }

    /// The name of the debugger, or of the emulator that it needs, if that is not on this machine.
    pub fn missing(self, emulator: Option<&'static str>) -> Option<&'static str> {
        let emulator = emulator.and_then(|words| words.split(' ').next());
        let needed = [Some(self.program(emulator)), emulator];
        needed.into_iter().flatten().find(|name| target::which(name).is_none())
    }

    /// Runs all commands of all steps on the program `program` in a folder; with an emulator, these are its words.
    pub fn run(self, folder: &Path, emulator: Option<&str>, steps: &[&[String]]) -> Result<Session, String> {
        let name = self.program(emulator);
        let mut command = Command::new("bash");
        let input = if self == Debugger::Gdb { GDB_INPUT } else { "" };
        command.args(["-c", &format!("{input}{WRAPPER}"), "bash", &GRACE.to_string(), &LIMIT.to_string(), name]);
        match self {
            Debugger::Gdb => self.gdb(&mut command, folder, emulator, steps),
            Debugger::Lldb => {
                let script = self.lldb_script(folder, steps)?;
                // Of the ways to give commands, only this one goes on behind an error.
                command.args(LLDB_FLAGS).arg("-o");
                command.arg(format!("command source -e false -c false '{}'", script.display()));
            }
        }
        command.arg(folder.join("program")).current_dir(folder).env("LC_ALL", "C.UTF-8").env("TERM", "dumb");
        let finished = finish(&mut command, b"", Duration::from_secs(LIMIT + 2 * GRACE))?;
        let said = String::from_utf8_lossy(&finished.stdout);

        let mut outputs: Vec<Option<String>> = vec![None; steps.len()];
        let mut current = 0;
        for line in said.lines() {
            // Something of the program's can stand before it.
            if line.ends_with(&self.marker(current)) {
                current += 1;
                if let Some(output) = outputs.get_mut(current - 1) {
                    *output = Some(String::new());
                }
            } else if let Some(Some(output)) = current.checked_sub(1).and_then(|step| outputs.get_mut(step))
                && !(self == Debugger::Lldb && line.starts_with("(lldb) "))
            {
                *output += line;
                output.push('\n');
            }
        }
        let end = match (current > steps.len(), finished.status) {
            (true, _) => String::new(),
            (false, 124 | 137) => format!("; {name} took more than {LIMIT} seconds"),
            (false, status) => format!("; {name} ended early, with status {status}"),
        };
        Ok(Session { outputs, end })
    }

    /// The line before the output of a step, and behind the last one.
    fn marker(self, step: usize) -> String {
        match self {
            Debugger::Gdb => format!("=== step {step}"),
            // A comment, which lldb repeats as it does with every command.
            Debugger::Lldb => format!("(lldb) # step {step}"),
        }
    }

    fn gdb(self, command: &mut Command, folder: &Path, emulator: Option<&str>, steps: &[&[String]]) {
        command.args(GDB_FLAGS);
        let mut all: Vec<String> = GDB_SETTINGS.iter().map(|&setting| setting.to_owned()).collect();
        all.extend(emulator.map(|_| GDB_REMOTE.to_owned()));
        for (index, commands) in steps.iter().enumerate() {
            all.push(format!("echo \\n{}\\n", self.marker(index)));
            for command in *commands {
                match emulator {
                    Some(emulator) if command == "run" => all.extend(remote(emulator, folder, all.len())),
                    _ => all.push(command.clone()),
                }
            }
        }
        all.push(format!("echo \\n{}\\n", self.marker(steps.len())));
        command.args(all.iter().flat_map(|text| ["-ex", text]));
    }

    fn lldb_script(self, folder: &Path, steps: &[&[String]]) -> Result<PathBuf, String> {
        let mut script: String = LLDB_SETTINGS.iter().map(|setting| format!("{setting}\n")).collect();
        for (index, commands) in steps.iter().enumerate() {
            script += &format!("# step {index}\n{}\n", commands.join("\n"));
        }
        script += &format!("# step {}\n", steps.len());
        let path = folder.join("commands");
        std::fs::write(&path, script).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }
}

/// What the `run` of this number is for a program in an emulator. The socket's name is relative, as these must be short, and of this
/// process and this run: an emulator that ends removes its own. qemu takes a name that begins with a digit for a port.
fn remote(emulator: &str, folder: &Path, number: usize) -> Vec<String> {
    let name =
        folder.file_name().unwrap_or_default().to_string_lossy().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let socket = format!("{name}-{}-{number}", std::process::id());
    let start = START.replace("EMULATOR", emulator).replace("SOCKET", &socket).replace("LIMIT", &LIMIT.to_string());
    vec![format!("shell {start}"), format!("target remote ./{socket}"), "continue".to_owned()]
}
