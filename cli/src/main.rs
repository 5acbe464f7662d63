//! The `wasmaot` command: reads the command line, calls the compiler, writes files. All input and output of the project
//! at compile time is in this crate.
//!
//! Flow: [`args`] understands the command line by the table [`flags`] -> [`settings`] and [`grants`] give values ->
//! [`compile`] builds ([`link`], [`output`], [`progress`]), [`library`] installs what C programs need, [`run`] builds into
//! the [`cache`] and starts, [`inspect`], [`targets`], [`completions`] and [`help`] print.

mod args;
mod cache;
mod compile;
mod completions;
mod failure;
mod flags;
mod grants;
mod help;
mod inspect;
mod library;
mod output;
mod progress;
mod run;
mod settings;
mod targets;

use args::Invocation;
use failure::Failure;
use flags::Command;
use std::process::ExitCode;
use wasmaot_cli::{cpu, link};

/// Exit code after a broken invariant of ours (sysexits.h: EX_SOFTWARE).
const INTERNAL: i32 = 70;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let text = info.payload_as_str().unwrap_or("panic");
        eprintln!("wasmaot: internal error, please report it with the input: {text} ({place})");
        std::process::exit(INTERNAL);
    }));
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let text = failure.to_string();
            if !text.is_empty() {
                eprintln!("{text}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch() -> Result<(), Failure> {
    let parsed = match args::parse(std::env::args_os().skip(1))? {
        Invocation::Help(Some(command)) => return output::print(help::command(command).as_bytes()),
        Invocation::Help(None) => return output::print(help::overview().as_bytes()),
        Invocation::Version => return output::print(help::version().as_bytes()),
        Invocation::Command(parsed) => parsed,
    };
    match parsed.command {
        Command::Compile => compile::command(&parsed),
        Command::Run => run::command(&parsed),
        Command::Inspect => inspect::command(&parsed),
        Command::Library => library::command(&parsed),
        Command::Targets => output::print(targets::list().as_bytes()),
        Command::Completions => completions::command(&parsed),
        Command::Man => output::print(help::manual().as_bytes()),
        Command::Help => output::print(help::overview().as_bytes()),
    }
}
