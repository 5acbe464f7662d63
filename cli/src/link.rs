//! Object + runtime -> executable. (Being written.)

use std::path::Path;
use wasmaot_compiler::Options;

/// Links a program's object with the runtime of its target into `output`, an empty executable file that exists.
/// `linker` is a program to use instead of the built-in linker.
pub fn executable(object: &[u8], options: &Options, linker: Option<&Path>, output: &Path) -> Result<(), String> {
    let _ = (object, options, linker, output);
    Err("linking is not written yet".to_owned())
}
