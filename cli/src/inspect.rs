//! `wasmaot inspect`: what a program is made of and may do.
use crate::args::Parsed;
use crate::failure::Failure;
/// The command.
pub fn command(parsed: &Parsed) -> Result<(), Failure> {
    let _ = parsed;
    Ok(())
}
