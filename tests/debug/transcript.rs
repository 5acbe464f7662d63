//! A transcript: what is typed into a debugger, and what a user wants to see then. One step a line,
//!
//! ```text
//! break program.c:{CALL} ; run  =>  program\.c:{CALL}
//! ```
//!
//! commands, joined by ` ; `, and behind ` => ` a regular expression that must be found in what the debugger prints for
//! them (`^` and `$` are a line's; `(?s)` lets `.` match ends of lines, too). All steps are one session. `{CALL}` stands for the number of the line that ends with
//! the comment `/* CALL */` or `// CALL` in the source (or the host). A step that begins with `!native ` is only for the native build, one with
//! `!wasm ` only for the other, one with `![-O0] ` for the run with just these flags, one with `!remote ` for programs in an emulator,
//! one with `!local ` for all others: a comment says why. Lines that begin with `#` are comments; `# flags: -O2` asks for one more run
//! on wasm with these flags of `wasmaot compile -g` in place of `-O0`, and `# optimised` for one on wasm that is optimised, too.

use regex::{Regex, RegexBuilder};
use std::path::{Path, PathBuf};

/// Endings of sources, in the order they are looked for.
const SOURCES: &[&str] = &["c", "cpp", "rs", "zig", "wat"];

/// A file `NAME.gdb` or `NAME.lldb`.
pub struct Transcript {
    /// The program's source, beside it.
    pub source: PathBuf,
    /// The C program that the source is a module of, beside it: `NAME.host.c`.
    pub host: Option<PathBuf>,
    /// Further flags to try, one list a run.
    pub flags: Vec<Vec<String>>,
    /// Whether to try an optimised build, too.
    pub optimised: bool,
    pub steps: Vec<Step>,
}

/// One line of it.
pub struct Step {
    /// Its number in the file, from 1.
    pub line: usize,
    only: Vec<Only>,
    pub commands: Vec<String>,
    pub expected: Regex,
}

enum Only {
    Native,
    Wasm,
    /// In an emulator.
    Remote,
    /// Not in one.
    Local,
    /// With these flags.
    Flags(String),
}

impl Only {
    fn of(word: &str) -> Option<Only> {
        match word {
            "native" => Some(Only::Native),
            "wasm" => Some(Only::Wasm),
            "remote" => Some(Only::Remote),
            "local" => Some(Only::Local),
            _ => None,
        }
    }
}

impl Step {
    /// Whether it is for the build with these flags; none are the native one's.
    pub fn is_for(&self, flags: Option<&[String]>, is_remote: bool) -> bool {
        self.only.iter().all(|only| match only {
            Only::Native => flags.is_none(),
            Only::Wasm => flags.is_some(),
            Only::Remote => is_remote,
            Only::Local => !is_remote,
            Only::Flags(wanted) => flags.is_some_and(|flags| flags.join(" ") == *wanted),
        })
    }
}

impl Transcript {
    /// Reads a transcript, and its source for the markers.
    pub fn read(path: &Path) -> Result<Transcript, String> {
        let show = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let mut sources = SOURCES.iter().map(|ending| path.with_extension(ending));
        let source = sources.find(|source| source.exists()).ok_or_else(|| show(path, &"no source beside it"))?;
        let host = Some(path.with_extension("host.c")).filter(|host| host.exists());
        let mut lines = Vec::new();
        for source in std::iter::once(&source).chain(&host) {
            lines.extend(markers(&std::fs::read_to_string(source).map_err(|error| show(source, &error))?));
        }
        let markers = lines;
        let text = std::fs::read_to_string(path).map_err(|error| show(path, &error))?;
        let mut transcript = Transcript { source, host, flags: Vec::new(), optimised: false, steps: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            if let Some(flags) = line.strip_prefix("# flags: ") {
                transcript.flags.push(flags.split_whitespace().map(str::to_owned).collect());
            } else if line == "# optimised" {
                transcript.optimised = true;
            } else if !line.trim().is_empty() && !line.starts_with('#') {
                let step = step(line, index + 1, &markers);
                transcript.steps.push(step.map_err(|error| show(path, &format!("line {}: {error}", index + 1)))?);
            }
        }
        Ok(transcript)
    }
}

/// The words in capitals that are comments (of C, or of WAT) at ends of lines, with the lines' numbers.
pub fn markers(source: &str) -> Vec<(String, usize)> {
    let marker = |(index, line): (usize, &str)| {
        let line = line.trim_end();
        let comment = match line.strip_suffix("*/") {
            Some(line) => line.rsplit_once("/*")?.1,
            None => line.rsplit_once("//").or_else(|| line.rsplit_once(";;"))?.1,
        };
        let word = comment.trim();
        let is_marker = !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        is_marker.then(|| (format!("{{{word}}}"), index + 1))
    };
    source.lines().enumerate().filter_map(marker).collect()
}

fn step(line: &str, number: usize, markers: &[(String, usize)]) -> Result<Step, String> {
    let mut line = line.to_owned();
    for (marker, number) in markers {
        line = line.replace(marker, &number.to_string());
    }
    let (commands, expected) = line.rsplit_once(" => ").ok_or("no ` => `")?;
    let (mut only, mut commands) = (Vec::new(), commands);
    while let Some(rest) = commands.strip_prefix('!') {
        let (marker, rest) = match rest.strip_prefix('[').map(|rest| rest.split_once("] ").ok_or("no `] ` behind `![`"))
        {
            Some(flags) => flags.map(|(flags, rest)| (Only::Flags(flags.to_owned()), rest))?,
            None => {
                let (word, rest) = rest.split_once(' ').ok_or("no commands")?;
                (Only::of(word).ok_or_else(|| format!("!{word} is no marker"))?, rest)
            }
        };
        only.push(marker);
        commands = rest;
    }
    let commands: Vec<String> = commands.split(" ; ").map(|command| command.trim().to_owned()).collect();
    // No command of a debugger has such a word in it: a marker that is not in the source would only be a strange failure.
    let unknown = Regex::new(r"\{[A-Z_]+\}").map_err(|error| error.to_string())?;
    if let Some(marker) = commands.iter().find_map(|command| unknown.find(command)) {
        return Err(format!("no line of the source has the marker {}", marker.as_str()));
    }
    let expected = RegexBuilder::new(expected.trim()).multi_line(true).build().map_err(|error| error.to_string())?;
    Ok(Step { line: number, only, commands, expected })
}
