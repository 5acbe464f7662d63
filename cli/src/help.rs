//! The table of flags -> help texts and the manual page.

use crate::flags::{COMMANDS, Command, Flag, GROUPS, Hint};
use std::fmt::Write;
use wasmaot_compiler::features::FEATURES;

/// Width of help on a terminal.
const WIDTH: usize = 100;
/// Column at which what a flag does is written.
const COLUMN: usize = 32;

/// `wasmaot 0.1.0`
pub fn version() -> String {
    format!("wasmaot {}\n", env!("CARGO_PKG_VERSION"))
}

/// Help on everything, in short.
pub fn overview() -> String {
    let mut out = String::from(
        "wasmaot compiles WebAssembly to native programs that need nothing beside them.\n\n\
         Usage: wasmaot COMMAND [ARGUMENTS]\n\n\
         \x20   wasmaot compile app.wasm -o app      make the executable app\n\
         \x20   wasmaot run app.wasm ARGS            run it right away\n\n\
         Commands:\n",
    );
    for row in COMMANDS {
        let _ = writeln!(out, "    {:<13}{}", row.name, row.summary);
    }
    out.push_str("\nHelp on a command, with its flags: wasmaot COMMAND --help\n");
    out
}

/// Help on one command.
pub fn command(command: Command) -> String {
    let row = command.row();
    let mut out = format!("{}.\n\nUsage: wasmaot {} {}\n", row.summary, row.name, row.operands);
    if !row.details.is_empty() {
        out.push('\n');
        for line in row.details.lines() {
            out.push_str(&fold(line, 0));
        }
    }
    for (group, heading) in GROUPS {
        let flags: Vec<&Flag> = command.flags().filter(|flag| flag.group == *group).collect();
        if !flags.is_empty() {
            let _ = writeln!(out, "\n{heading}:");
        }
        for flag in flags {
            out.push_str(&entry(flag));
        }
    }
    out
}

/// `-o, --output OUTPUT   Where to write`, folded.
fn entry(flag: &Flag) -> String {
    let text = fold(flag.help, COLUMN);
    let head = format!("  {}", synopsis(flag));
    if head.len() + 2 > COLUMN {
        format!("{head}\n{text}")
    } else {
        format!("{head:<COLUMN$}{}", text.get(COLUMN..).unwrap_or_default())
    }
}

/// `-o, --output OUTPUT`
fn synopsis(flag: &Flag) -> String {
    let mut text = match flag.short {
        Some(short) => format!("-{short}, {flag}"),
        None => format!("    {flag}"),
    };
    if let Some(value) = flag.value {
        let name = match value.hint {
            Hint::OneOf(choices) if value.name != "CPU" => choices.join("|"),
            _ => value.name.to_owned(),
        };
        let _ = write!(text, " {name}");
    }
    text
}

/// Breaks a paragraph into lines that fit, each behind `indent` spaces. Lines that begin with a space stay as they are.
fn fold(text: &str, indent: usize) -> String {
    if text.starts_with(' ') || text.is_empty() {
        return format!("{text}\n");
    }
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && indent + line.len() + 1 + word.len() > WIDTH {
            let _ = writeln!(out, "{:indent$}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "{:indent$}{line}", "");
    out
}

/// The manual page, in man(7)'s language.
pub fn manual() -> String {
    let mut out = format!(
        ".TH WASMAOT 1 \"\" \"wasmaot {}\" \"User Commands\"\n\
         .SH NAME\nwasmaot \\- compile WebAssembly to native programs\n\
         .SH SYNOPSIS\n",
        env!("CARGO_PKG_VERSION")
    );
    for row in COMMANDS {
        let _ = writeln!(out, ".B wasmaot {}\n{}\n.br", roff(row.name), roff(row.operands));
    }
    out.push_str(
        ".SH DESCRIPTION\nCompiles WebAssembly modules to executables that need no engine, no libraries and no installed \
         toolchain, and that can do only what they were granted.\n.SH COMMANDS\n",
    );
    for row in COMMANDS {
        let _ = writeln!(out, ".SS {}\n{}.", roff(row.name), roff(row.summary));
        for line in row.details.lines().filter(|line| !line.is_empty()) {
            let start = if line.starts_with(' ') { ".br\n" } else { ".PP\n" };
            let _ = writeln!(out, "{start}{}", roff(line.trim_start()));
        }
    }
    for (group, heading) in GROUPS {
        let _ = writeln!(out, ".SH {} FLAGS", heading.to_uppercase());
        for flag in crate::flags::FLAGS.iter().filter(|flag| flag.group == *group) {
            let owners: Vec<&str> = flag.commands.iter().map(|command| command.row().name).collect();
            let owners = if owners.len() > 2 { String::new() } else { format!(" ({})", owners.join(", ")) };
            let _ = writeln!(out, ".TP\n.B {}\n{}.{owners}", roff(synopsis(flag).trim()), roff(flag.help));
        }
    }
    out.push_str(
        ".SH EXIT STATUS\n0: done. 1: the input or the output is at fault. 2: the command line is. \
         A compiled program that traps exits with 134.\n\
         .SH ENVIRONMENT\n.TP\n.B WASMAOT_DIR, WASMAOT_ENV, WASMAOT_LISTEN, ...\nGrants at start, read by compiled \
         programs that were not built with --sealed; see the user guide.\n\
         .TP\n.B XDG_CACHE_HOME\nWhere run keeps compiled programs, in the folder wasmaot. Default: ~/.cache\n",
    );
    out
}

fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

/// Names of the proposals that can be switched.
pub fn feature_names() -> impl Iterator<Item = &'static str> {
    FEATURES.iter().filter(|row| row.supported).map(|row| row.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_fits() {
        for row in COMMANDS {
            for line in command(row.command).lines() {
                assert!(line.len() <= WIDTH, "{line}");
            }
        }
        assert!(overview().lines().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn every_flag_is_in_help_and_manual() {
        let manual = manual();
        for flag in crate::flags::FLAGS {
            assert!(manual.contains(&roff(&flag.to_string())), "{flag}");
            for owner in flag.commands {
                assert!(command(*owner).contains(&flag.to_string()), "{flag}");
            }
        }
    }
}
