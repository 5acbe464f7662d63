//! `wasmaot run`: compiles into the cache unless it is there, then becomes the program.

use crate::args::Parsed;
use crate::cache;
use crate::compile;
use crate::failure::Failure;
use crate::grants;
use crate::output::Output;
use crate::progress::Progress;
use crate::settings::Settings;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The command. Returns only if it fails.
pub fn command(parsed: &Parsed) -> Result<(), Failure> {
    let settings = Settings::new(parsed)?;
    let input = Path::new(parsed.operand("INPUT")?);
    let variables = grants::variables(&settings.grants, |name| std::env::var_os(name))?;
    if let Some(note) = parsed.note.as_ref().filter(|_| !settings.quiet) {
        eprintln!("{note}");
    }
    let bytes = compile::read_input(input)?;
    let folder = cache::folder()?;
    let entry = cache::entry(&folder, input, &bytes, &settings);
    let name = compile::display_name(input);
    if !cache::hit(&entry) {
        let _ = cache::clean(&folder);
        let progress = Progress::new(&name, settings.quiet);
        let output = Output::new(&entry, input)?;
        let result = compile::build(&name, bytes, &settings, &progress, &output, compile::More::default());
        progress.finish();
        result?;
        if settings.time {
            eprint!("{}", progress.table());
        }
    }
    let mut program = Command::new(&entry);
    program.arg0(argument0(input)).args(&parsed.program_args);
    if settings.grants.iter().any(grants::Grant::is_seal) {
        for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WASMAOT_")) {
            program.env_remove(variable);
        }
    }
    program.envs(variables);
    let error = program.exec();
    Err(Failure::io(&entry, &format!("cannot run {name}"), &error))
}

/// What the program sees as its name: the input's without folders.
fn argument0(input: &Path) -> OsString {
    input.file_name().unwrap_or(input.as_os_str()).to_owned()
}
