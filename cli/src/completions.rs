//! The table of flags -> completion scripts for shells.

use crate::args::Parsed;
use crate::failure::{Failure, suggestion};
use crate::flags::{COMMANDS, Command, Flag, Hint};
use crate::help::feature_names;
use std::fmt::Write;
use wasmaot_compiler::target::TARGETS;

/// A shell and what makes its script.
type Shell = (&'static str, fn() -> String);

const SHELLS: &[Shell] = &[("bash", bash), ("zsh", zsh), ("fish", fish), ("powershell", powershell)];

/// The command.
pub fn command(parsed: &Parsed) -> Result<(), Failure> {
    let shell = parsed.operand("SHELL")?.to_string_lossy();
    match SHELLS.iter().find(|(name, _)| *name == shell) {
        Some((_, script)) => crate::output::print(script().as_bytes()),
        None => {
            let names: Vec<&str> = SHELLS.iter().map(|(name, _)| *name).collect();
            let hint = suggestion(&shell, names.iter().copied());
            Err(Failure::Usage(format!("no completions for {shell:?}; there are {}{hint}", names.join(", "))))
        }
    }
}

/// The words a value can be; none if it is free or a path.
fn words(hint: Hint) -> Vec<&'static str> {
    match hint {
        Hint::OneOf(words) => words.to_vec(),
        Hint::Target => TARGETS.iter().map(|row| row.name).collect(),
        Hint::Feature => feature_names().collect(),
        Hint::File | Hint::Folder | Hint::Text => Vec::new(),
    }
}

/// `-o --output`
fn forms(flag: &Flag) -> Vec<String> {
    flag.short.map(|short| format!("-{short}")).into_iter().chain([flag.to_string()]).collect()
}

/// What a command's operands are.
fn operands(command: Command) -> Vec<&'static str> {
    match command {
        Command::Completions => SHELLS.iter().map(|(name, _)| *name).collect(),
        Command::Help => COMMANDS.iter().map(|row| row.name).collect(),
        _ => Vec::new(),
    }
}

fn takes_file(command: Command) -> bool {
    matches!(command, Command::Compile | Command::Run | Command::Inspect)
}

fn bash() -> String {
    let names: Vec<&str> = COMMANDS.iter().map(|row| row.name).collect();
    let mut out = format!(
        "_wasmaot() {{\n    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}\n    \
         if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY=($(compgen -W '{} --help --version' -- \"$word\"))\n        \
         return\n    fi\n    case \"${{COMP_WORDS[1]}}\" in\n",
        names.join(" ")
    );
    for row in COMMANDS {
        let _ = writeln!(out, "    {})\n        case \"$before\" in", row.name);
        for flag in row.command.flags() {
            let Some(value) = flag.value else { continue };
            let action = match value.hint {
                Hint::File => "-f".to_owned(),
                Hint::Folder => "-d".to_owned(),
                Hint::Text => "-W ''".to_owned(),
                hint => format!("-W '{}'", words(hint).join(" ")),
            };
            let forms = forms(flag).join("|");
            let _ = writeln!(out, "        {forms}) COMPREPLY=($(compgen {action} -- \"$word\")); return ;;");
        }
        let flags: Vec<String> = row.command.flags().flat_map(forms).collect();
        let rest = if takes_file(row.command) {
            "COMPREPLY=($(compgen -f -- \"$word\"))".to_owned()
        } else {
            format!("COMPREPLY=($(compgen -W '{}' -- \"$word\"))", operands(row.command).join(" "))
        };
        let flags = flags.join(" ");
        let _ = writeln!(
            out,
            "        esac\n        case \"$word\" in\n        -*) COMPREPLY=($(compgen -W '{flags}' -- \"$word\")) ;;\n        \
             *) {rest} ;;\n        esac ;;"
        );
    }
    out.push_str("    esac\n}\ncomplete -o filenames -F _wasmaot wasmaot\n");
    out
}

fn zsh() -> String {
    // In a specification of _arguments, brackets and colons have a meaning; a quote ends the string.
    let plain = |text: &str| text.replace('\'', "'\\''").replace('[', "\\[").replace(']', "\\]").replace(':', "\\:");
    let mut out = String::from("#compdef wasmaot\n\n_wasmaot() {\n    local -a commands\n    commands=(\n");
    for row in COMMANDS {
        let _ = writeln!(out, "        '{}:{}'", row.name, plain(row.summary));
    }
    out.push_str(
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n    \
         local command=${words[2]}\n    shift words\n    (( CURRENT-- ))\n    case $command in\n",
    );
    for row in COMMANDS {
        let _ = writeln!(out, "    {})\n        _arguments -s \\", row.name);
        for flag in row.command.flags() {
            let value = flag.value.map_or(String::new(), |value| {
                let action = match value.hint {
                    Hint::File => "_files".to_owned(),
                    Hint::Folder => "_files -/".to_owned(),
                    Hint::Text => " ".to_owned(),
                    hint => format!("({})", words(hint).join(" ")),
                };
                format!(":{}:{action}", plain(value.name))
            });
            for form in forms(flag) {
                let many = if flag.repeats { "*" } else { "" };
                let sign = match (&flag.value, form.starts_with("--")) {
                    (Some(_), true) => "=",
                    (Some(_), false) => "+",
                    (None, _) => "",
                };
                let _ = writeln!(out, "            '{many}{form}{sign}[{}]{value}' \\", plain(flag.help));
            }
        }
        let rest = match operands(row.command) {
            _ if takes_file(row.command) => "'*:file:_files'".to_owned(),
            words if words.is_empty() => "':: :'".to_owned(),
            words => format!("':operand:({})'", words.join(" ")),
        };
        let _ = writeln!(out, "            {rest} ;;");
    }
    out.push_str(
        "    esac\n}\n\nif [ \"$funcstack[1]\" = _wasmaot ]; then _wasmaot \"$@\"; else compdef _wasmaot wasmaot; fi\n",
    );
    out
}

fn fish() -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let mut out = String::from("complete -c wasmaot -f\n");
    for row in COMMANDS {
        let (name, summary) = (row.name, quoted(row.summary));
        let _ = writeln!(out, "complete -c wasmaot -n __fish_use_subcommand -a {name} -d {summary}");
    }
    for row in COMMANDS {
        let when = format!("-n '__fish_seen_subcommand_from {}'", row.name);
        for flag in row.command.flags() {
            let mut line = format!("complete -c wasmaot {when} -l {}", flag.long);
            if let Some(short) = flag.short {
                let _ = write!(line, " -s {short}");
            }
            let _ = match flag.value.map(|value| value.hint) {
                None => Ok(()),
                Some(Hint::File) => write!(line, " -r -F"),
                Some(Hint::Folder) => write!(line, " -x -a '(__fish_complete_directories)'"),
                Some(Hint::Text) => write!(line, " -x"),
                Some(hint) => write!(line, " -x -a {}", quoted(&words(hint).join(" "))),
            };
            let _ = writeln!(out, "{line} -d {}", quoted(flag.help));
        }
        if takes_file(row.command) {
            let _ = writeln!(out, "complete -c wasmaot {when} -F");
        }
        if let words @ [_, ..] = operands(row.command).as_slice() {
            let _ = writeln!(out, "complete -c wasmaot {when} -a {}", quoted(&words.join(" ")));
        }
    }
    out
}

fn powershell() -> String {
    let list = |words: &[String]| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let strings = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let mut out = String::from(
        "Register-ArgumentCompleter -Native -CommandName wasmaot -ScriptBlock {\n    \
         param($word, $ast, $cursor)\n    \
         $before = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { \"$_\" })\n    \
         $last = if ($before.Count -gt 1) { $before[-1] } else { '' }\n    $found = switch -CaseSensitive ($before[1]) {\n",
    );
    for row in COMMANDS {
        let _ = writeln!(out, "        '{}' {{ switch -CaseSensitive ($last) {{", row.name);
        for flag in row.command.flags() {
            let Some(value) = flag.value else { continue };
            for form in forms(flag) {
                let _ = writeln!(out, "            '{form}' {{ @({}) }}", list(&strings(words(value.hint))));
            }
        }
        let mut all: Vec<String> = row.command.flags().flat_map(forms).collect();
        all.extend(strings(operands(row.command)));
        let _ = writeln!(out, "            default {{ @({}) }} }} }}", list(&all));
    }
    let names = strings(COMMANDS.iter().map(|row| row.name).chain(["--help", "--version"]).collect());
    let _ = writeln!(
        out,
        "        default {{ @({}) }}\n    }}\n    $found | Where-Object {{ $_ -like \"$word*\" }} | ForEach-Object {{ \
         [System.Management.Automation.CompletionResult]::new($_) }}\n}}",
        list(&names)
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_in_every_script() {
        for (shell, script) in SHELLS {
            let text = script();
            for flag in crate::flags::FLAGS {
                assert!(text.contains(flag.long), "{shell}: {flag}");
            }
            assert!(text.contains("x86_64-linux") && text.contains("relaxed-simd"), "{shell}");
        }
    }
}
