//! Command line -> [`Parsed`], by the table in [`crate::flags`]. Knows forms, not meanings.
//!
//! Forms: `--flag VALUE`, `--flag=VALUE`, `-f VALUE`, `-fVALUE`, switches bundled as `-gq`, `--` to end flags. After the
//! input of `run` comes what is the program's; see [`split_run`].

use crate::failure::{Failure, suggestion};
use crate::flags::{COMMANDS, Command, FLAGS, Flag, Id};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// A command line, understood as far as its form goes.
#[derive(Debug)]
pub enum Invocation {
    /// Do this.
    Command(Parsed),
    /// Show help, on one command or on all.
    Help(Option<Command>),
    /// Show the version.
    Version,
}

/// A command with its flags and operands.
#[derive(Debug)]
pub struct Parsed {
    /// Which.
    pub command: Command,
    /// Flags in the order they were given, with their values (empty for switches).
    flags: Vec<(Id, OsString)>,
    /// What is no flag.
    pub operands: Vec<OsString>,
    /// `run`: the program's arguments.
    pub program_args: Vec<OsString>,
    /// `run`: something that may have been meant otherwise.
    pub note: Option<String>,
}

impl Parsed {
    /// Whether a switch is on.
    pub fn has(&self, id: Id) -> bool {
        self.flags.iter().any(|(flag, _)| *flag == id)
    }

    /// The value of a flag; the last one given counts.
    pub fn value(&self, id: Id) -> Option<&OsStr> {
        self.values(id).last()
    }

    /// All values of a flag, in order.
    pub fn values(&self, id: Id) -> impl Iterator<Item = &OsStr> {
        self.flags.iter().filter(move |(flag, _)| *flag == id).map(|(_, value)| value.as_os_str())
    }

    /// All flags, in order.
    pub fn flags(&self) -> impl Iterator<Item = (Id, &OsStr)> {
        self.flags.iter().map(|(id, value)| (*id, value.as_os_str()))
    }

    /// The one operand of a command, or an error that says what is missing or too much.
    pub fn operand(&self, what: &str) -> Result<&OsStr, Failure> {
        let name = self.command.row().name;
        match self.operands.as_slice() {
            [one] => Ok(one),
            [] => {
                Err(Failure::Usage(format!("{what} is missing; usage: wasmaot {name} {}", self.command.row().operands)))
            }
            [_, second, ..] => {
                let second = second.to_string_lossy();
                let hint = if self.command == Command::Compile {
                    format!("; for the output: -o {second}")
                } else {
                    String::new()
                };
                Err(Failure::Usage(format!("unexpected argument {second}{hint}")))
            }
        }
    }
}

/// Reads the arguments after the program's own name.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Invocation, Failure> {
    let mut args: VecDeque<OsString> = args.into_iter().collect();
    let Some(first) = args.pop_front() else {
        return Ok(Invocation::Help(None));
    };
    match first.to_string_lossy().as_ref() {
        "-h" | "--help" => return Ok(Invocation::Help(None)),
        "-V" | "--version" | "version" => return Ok(Invocation::Version),
        _ => {}
    }
    let Some(row) = COMMANDS.iter().find(|row| first == row.name) else {
        return Err(unknown_command(&first));
    };
    if row.command == Command::Help {
        return help_operand(args);
    }
    let mut parsed =
        Parsed { command: row.command, flags: Vec::new(), operands: Vec::new(), program_args: Vec::new(), note: None };
    while let Some(arg) = args.pop_front() {
        let bytes = arg.as_bytes();
        if bytes == b"--" {
            parsed.operands.extend(args.drain(..));
        } else if let Some(long) = bytes.strip_prefix(b"--") {
            long_flag(&mut parsed, long, &mut args)?;
        } else if bytes.len() > 1 && bytes.starts_with(b"-") {
            short_flags(&mut parsed, &arg, &mut args)?;
        } else {
            parsed.operands.push(arg);
        }
        if row.command == Command::Run && !parsed.operands.is_empty() {
            args.extend(parsed.operands.drain(1..));
            split_run(&mut parsed, std::mem::take(&mut args))?;
        }
    }
    if parsed.has(Id::Help) {
        return Ok(Invocation::Help(Some(row.command)));
    }
    if parsed.has(Id::Version) {
        return Ok(Invocation::Version);
    }
    Ok(Invocation::Command(parsed))
}

/// What follows the input of `run`. If it begins with a flag and there is a `--`, flags of wasmaot end there; else all
/// of it is the program's. A `--` that comes first is not passed on.
fn split_run(parsed: &mut Parsed, mut after: VecDeque<OsString>) -> Result<(), Failure> {
    let starts_with_flag = after.front().is_some_and(|arg| arg.as_bytes().starts_with(b"-") && arg != "-");
    let end = after.iter().position(|arg| arg == "--");
    if let (true, Some(end)) = (starts_with_flag, end) {
        let mut ours: VecDeque<OsString> = after.drain(..end).collect();
        after.pop_front();
        while let Some(arg) = ours.pop_front() {
            let result = match arg.as_bytes() {
                bytes if bytes.starts_with(b"--") => long_flag(parsed, &bytes[2..], &mut ours),
                bytes if bytes.starts_with(b"-") && bytes.len() > 1 => short_flags(parsed, &arg, &mut ours),
                _ => Err(Failure::Usage(format!("unexpected argument {arg:?} between the flags and --"))),
            };
            if let Err(Failure::Usage(text)) = result {
                let file = parsed.operands.first().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
                return Err(Failure::Usage(format!(
                    "{text}\n(arguments between {file} and -- are wasmaot's; for the program: wasmaot run {file} -- ARGS)"
                )));
            }
            result?;
        }
    } else if let Some(first) = after.front() {
        let name = first.as_bytes().split(|&byte| byte == b'=').next().unwrap_or_default();
        let ours = Command::Run.flags().find(|flag| {
            flag.group == crate::flags::Group::Grants && name.strip_prefix(b"--") == Some(flag.long.as_bytes())
        });
        if let (Some(flag), Some(file)) = (ours, parsed.operands.first()) {
            parsed.note = Some(format!(
                "note: {flag} went to the program; for wasmaot's {flag}, write it before {}",
                file.to_string_lossy()
            ));
        }
    }
    parsed.program_args = after.into();
    Ok(())
}

fn long_flag(parsed: &mut Parsed, text: &[u8], rest: &mut VecDeque<OsString>) -> Result<(), Failure> {
    let equals = text.iter().position(|&byte| byte == b'=');
    let (name, value) = match equals {
        Some(at) => (&text[..at], Some(OsStr::from_bytes(&text[at + 1..]).to_owned())),
        None => (text, None),
    };
    let name = String::from_utf8_lossy(name);
    let flag = find(parsed.command, &format!("--{name}"), |flag| flag.long == name)?;
    let value = match (flag.value, value) {
        (None, None) => OsString::new(),
        (None, Some(_)) => return Err(Failure::Usage(format!("{flag} takes no value"))),
        (Some(_), Some(value)) => value,
        (Some(_), None) => next_value(flag, &format!("--{name}"), rest)?,
    };
    parsed.flags.push((flag.id, value));
    Ok(())
}

fn short_flags(parsed: &mut Parsed, arg: &OsStr, rest: &mut VecDeque<OsString>) -> Result<(), Failure> {
    let mut bytes = arg.as_bytes().get(1..).unwrap_or_default();
    while let Some((&letter, tail)) = bytes.split_first() {
        let written = format!("-{}", letter as char);
        let whole = arg.to_string_lossy();
        let flag = find(parsed.command, if letter.is_ascii_alphabetic() { &written } else { &whole }, |flag| {
            flag.short.map(|short| short as u32) == Some(u32::from(letter))
        })
        .map_err(|failure| match whole.strip_prefix('-') {
            // `-dir` for `--dir`
            Some(long) if FLAGS.iter().any(|flag| flag.long == long.split('=').next().unwrap_or_default()) => {
                Failure::Usage(format!("unknown flag {whole}; did you mean -{whole}?"))
            }
            _ => failure,
        })?;
        bytes = tail;
        let mut value = OsString::new();
        if flag.value.is_some() {
            value = if !tail.is_empty() {
                OsString::from_vec(tail.strip_prefix(b"=").unwrap_or(tail).to_vec())
            } else if flag.id == Id::OptLevel {
                optimisation_level(rest)
            } else {
                next_value(flag, &written, rest)?
            };
            bytes = &[];
        }
        parsed.flags.push((flag.id, value));
    }
    Ok(())
}

/// `-O`, as C compilers have it, is level 1; a level after a space is accepted.
fn optimisation_level(rest: &mut VecDeque<OsString>) -> OsString {
    match rest.front().and_then(|next| next.to_str()) {
        Some("0" | "1" | "2" | "s") => rest.pop_front().unwrap_or_default(),
        _ => "1".into(),
    }
}

fn next_value(flag: &Flag, written: &str, rest: &mut VecDeque<OsString>) -> Result<OsString, Failure> {
    let name = flag.value.map_or("VALUE", |value| value.name);
    match rest.pop_front() {
        Some(value) if !value.as_bytes().starts_with(b"--") => Ok(value),
        Some(value) => {
            let value = value.to_string_lossy();
            Err(Failure::Usage(format!(
                "{written} needs a value ({name}) before {value}; if that is it: {flag}={value}"
            )))
        }
        None => Err(Failure::Usage(format!("{written} needs a value: {written} {name}"))),
    }
}

/// The flag of a command, or an error that names the nearest one or the commands that have it.
fn find(command: Command, written: &str, is: impl Fn(&Flag) -> bool) -> Result<&'static Flag, Failure> {
    let name = command.row().name;
    match FLAGS.iter().find(|flag| is(flag)) {
        Some(flag) if flag.commands.contains(&command) => Ok(flag),
        Some(flag) => {
            let owners: Vec<&str> = flag.commands.iter().map(|command| command.row().name).collect();
            Err(Failure::Usage(format!("{written} is a flag of {}, not of {name}", owners.join(" and "))))
        }
        None => {
            let known: Vec<String> = command.flags().map(|flag| flag.to_string()).collect();
            let hint = match suggestion(written, known.iter().map(String::as_str)) {
                hint if hint.is_empty() => format!("; wasmaot {name} --help lists them"),
                hint => hint,
            };
            Err(Failure::Usage(format!("unknown flag {written}{hint}")))
        }
    }
}

fn unknown_command(written: &OsStr) -> Failure {
    let text = written.to_string_lossy();
    let is_module = [".wasm", ".wat"].iter().any(|extension| text.ends_with(extension));
    if is_module {
        return Failure::Usage(format!(
            "{text} is no command; wasmaot compile {text} makes an executable, wasmaot run {text} runs it"
        ));
    }
    let hint = suggestion(&text, COMMANDS.iter().map(|row| row.name));
    let what = if text.starts_with('-') { "unknown flag" } else { "unknown command" };
    let hint = if hint.is_empty() { "; wasmaot --help lists the commands".to_owned() } else { hint };
    Failure::Usage(format!("{what} {text}{hint}"))
}

fn help_operand(args: VecDeque<OsString>) -> Result<Invocation, Failure> {
    match args.iter().find(|arg| !arg.as_bytes().starts_with(b"-")) {
        None => Ok(Invocation::Help(None)),
        Some(name) => match COMMANDS.iter().find(|row| name == row.name) {
            Some(row) => Ok(Invocation::Help(Some(row.command))),
            None => Err(unknown_command(name)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<Parsed, String> {
        match parse(text.split_whitespace().map(OsString::from)) {
            Ok(Invocation::Command(parsed)) => Ok(parsed),
            Ok(other) => Err(format!("{other:?}")),
            Err(failure) => Err(failure.to_string()),
        }
    }

    fn values(parsed: &Parsed, id: Id) -> Vec<String> {
        parsed.values(id).map(|value| value.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn forms_of_flags() {
        let p = line("compile a.wasm -o out -O2 -j4 --dir=a::b --dir c -gq --emit obj").unwrap();
        assert_eq!(p.operands, ["a.wasm"]);
        assert_eq!(values(&p, Id::Output), ["out"]);
        assert_eq!(values(&p, Id::OptLevel), ["2"]);
        assert_eq!(values(&p, Id::Jobs), ["4"]);
        assert_eq!(values(&p, Id::Dir), ["a::b", "c"]);
        assert_eq!(values(&p, Id::Emit), ["obj"]);
        assert!(p.has(Id::Debug) && p.has(Id::Quiet) && !p.has(Id::Strip));
        for (text, level) in [("-O s a", "s"), ("-O a", "1"), ("-Os a", "s"), ("-O=0 a", "0"), ("--opt-level 0 a", "0")]
        {
            assert_eq!(values(&line(&format!("compile {text}")).unwrap(), Id::OptLevel), [level], "{text}");
        }
        assert_eq!(line("compile -o - -").unwrap().operands, ["-"]);
        assert_eq!(line("compile -- -o").unwrap().operands, ["-o"]);
    }

    #[test]
    fn errors_say_what_to_write() {
        for (text, part) in [
            ("compile --dri . a", "did you mean --dir?"),
            ("compile -dir . a", "did you mean --dir?"),
            ("compile a -o", "-o needs a value: -o OUTPUT"),
            ("compile a -o --time", "if that is it: --output=--time"),
            ("compile --strip=1 a", "--strip takes no value"),
            ("inspect --dir . a", "--dir is a flag of compile and run, not of inspect"),
            ("compil a", "did you mean compile?"),
            ("a.wasm", "wasmaot run a.wasm"),
            ("--frobnicate", "unknown flag --frobnicate"),
            ("run a.wasm --drr . -- x", "between a.wasm and -- are wasmaot's"),
        ] {
            let error = line(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(line("compile").unwrap().operand("INPUT").is_err());
        assert!(line("compile a b").unwrap().operand("INPUT").is_err());
    }

    #[test]
    fn whose_arguments() {
        for (text, dirs, args) in [
            ("run a.wasm", 0, ""),
            ("run a.wasm x y", 0, "x y"),
            ("run --dir . a.wasm x --dir y", 1, "x --dir y"),
            ("run a.wasm -- x", 0, "x"),
            ("run a.wasm -- -x -- y", 0, "-x -- y"),
            ("run a.wasm --dir . -- x", 1, "x"),
            ("run --dir . a.wasm --dir=b -O2 -- -x -- y", 2, "-x -- y"),
            ("run a.wasm x -- y", 0, "x -- y"),
            ("run a.wasm - -- y", 0, "- -- y"),
            ("run -- a.wasm -x", 0, "-x"),
            ("run a.wasm --help", 0, "--help"),
        ] {
            let p = line(text).unwrap();
            assert_eq!(p.operands, ["a.wasm"], "{text}");
            assert_eq!(values(&p, Id::Dir).len(), dirs, "{text}");
            let found: Vec<_> = p.program_args.iter().map(|arg| arg.to_string_lossy()).collect();
            assert_eq!(found.join(" "), args, "{text}");
        }
        assert!(line("run a.wasm --dir .").unwrap().note.is_some());
        assert!(line("run a.wasm -- --dir .").unwrap().note.is_none());
    }

    #[test]
    fn help_and_version() {
        for text in ["", "--help", "-h", "help", "help compile", "compile --help", "compile a.wasm -h", "-V", "run -V"]
        {
            let text = line(text).unwrap_err();
            assert!(text.starts_with("Help") || text.starts_with("Version"), "{text}");
        }
    }
}
