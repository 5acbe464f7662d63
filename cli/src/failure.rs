//! How a command fails: a line (or several) for standard error, and an exit code.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a command stopped.
#[derive(Debug)]
pub enum Failure {
    /// The command line is wrong: exit code 2.
    Usage(String),
    /// Anything else: exit code 1.
    Failed(String),
    /// Standard output was closed by its reader (`| head`): nothing to say, exit code 1.
    Closed,
}

impl Failure {
    /// `app.wasm: function 12 "parse" at offset 0x4f3: ...`
    pub fn in_file(file: &str, error: &dyn fmt::Display) -> Failure {
        let (name, text) = (file, error.to_string());
        // A list of imports has one a line; each belongs to the same file.
        Failure::Failed(format!("{name}: {text}"))
    }

    /// `app.wasm: no such file or directory`
    pub fn io(path: &Path, what: &str, error: &io::Error) -> Failure {
        let place = if path == Path::new("-") { "standard input or output".into() } else { path.display().to_string() };
        let space = if what.is_empty() { "" } else { ": " };
        Failure::Failed(format!("{place}: {what}{space}{}", reason(error)))
    }

    /// Exit code of the process.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) => 2,
            Failure::Failed(_) | Failure::Closed => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(text) => write!(f, "wasmaot: {text}"),
            Failure::Failed(text) => f.write_str(text),
            Failure::Closed => Ok(()),
        }
    }
}

/// The system's words for an error, without its number: `no such file or directory`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    // A word like "I/O" keeps its capitals.
    let mut rest = text.chars();
    match (rest.next(), rest.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(rest).collect(),
        _ => text.to_owned(),
    }
}

/// The rest of a sentence that suggests what was meant: `; did you mean --dir?`, or nothing.
pub fn suggestion<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(written, known) {
        Some(name) => format!("; did you mean {name}?"),
        None => String::new(),
    }
}

/// The known word nearest to what was written, if one is near.
fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written: String = written.to_lowercase().chars().take(64).collect();
    let length = written.trim_start_matches('-').chars().count();
    let allowed = if length <= 2 { 1 } else { (length / 3).max(2) };
    known
        .into_iter()
        .map(|name| (distance(&written, name), name))
        .chain(None)
        .min_by_key(|(distance, name)| (*distance, name.len()))
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, name)| name)
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replace = above[j] + usize::from(a[i] != b[j]);
            let mut best = replace.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions() {
        let flags = ["--dir", "--env", "--emit", "--strip", "--stack-size", "-o"];
        assert_eq!(nearest("--dri", flags), Some("--dir"));
        assert_eq!(nearest("--stack", flags), None);
        assert_eq!(nearest("--stacksize", flags), Some("--stack-size"));
        assert_eq!(nearest("--STRIP", flags), Some("--strip"));
        assert_eq!(nearest("--optimise", flags), None);
        assert_eq!(nearest("", flags), None);
    }

    #[test]
    fn reasons() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(reason(&io::Error::other("I/O")), "I/O");
    }
}
