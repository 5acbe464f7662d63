//! What a compilation can be asked for. Values only; the CLI fills them from flags.

use crate::features::Features;
use crate::target::{BinaryFormat, Target};
use wasmaot_abi::program;

/// All options of [`crate::compile`].
#[derive(Clone, Debug)]
pub struct Options {
    /// What to compile for.
    pub target: Target,
    /// `-O`.
    pub opt_level: OptLevel,
    /// `--memory-base`.
    pub memory_base: MemoryBase,
    /// How instances are represented.
    pub model: Model,
    /// `--enable` and `--disable`.
    pub features: Features,
    /// `-g`.
    pub debug_info: bool,
    /// `--dwarf`: the version of DWARF to write, 4 or 5.
    pub dwarf: u16,
    /// `--strip`: no names, no symbols, no wasm offsets in backtraces.
    pub strip: bool,
    /// `--stack-size`, in bytes, a multiple of 64 KiB.
    pub stack_size: u64,
    /// Grants, as records of [`wasmaot_abi::grant`]: NUL-terminated strings.
    pub grants: Vec<u8>,
    /// `--emit`.
    pub emit: Emit,
    /// What the object is linked with has no debug information: offsets between its sections are final.
    pub sole: bool,
    /// Build the script driver's table of exports instead of a command (tests).
    pub script: bool,
    /// Run Cranelift's verifier on every function (tests, fuzzing).
    pub verify: bool,
}

impl Options {
    /// The defaults for a target.
    pub fn new(target: Target) -> Options {
        let memory_base = MemoryBase::of(&target);
        Options {
            target,
            opt_level: OptLevel::O2,
            memory_base,
            model: Model::Static,
            features: Features::default(),
            debug_info: false,
            dwarf: 5,
            strip: false,
            stack_size: 8 << 20,
            grants: Vec::new(),
            emit: Emit::Object,
            sole: false,
            script: false,
            verify: cfg!(debug_assertions),
        }
    }

    /// The address of memory 0 with [`MemoryBase::Constant`].
    pub fn constant_base(&self) -> u64 {
        if self.is_debugged() { program::DEBUG_BASE } else { program::CONSTANT_BASE }
    }

    /// Whether code is made for debuggers: `-g -O0`.
    pub fn is_debugged(&self) -> bool {
        self.debug_info && self.opt_level == OptLevel::O0
    }
}

/// How much to optimise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptLevel {
    /// Fastest compilation.
    O0,
    /// Fast compilation, fair code.
    O1,
    /// Best code.
    O2,
    /// Small code.
    Os,
}

/// Where memory 0 of an executable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryBase {
    /// At [`wasmaot_abi::program::CONSTANT_BASE`]; with `-g -O0` at [`wasmaot_abi::program::DEBUG_BASE`].
    Constant,
    /// Wherever the system puts it; loaded once per function.
    Register,
}

impl MemoryBase {
    /// The default of a target: constant where low addresses can be had, which is Linux.
    pub fn of(target: &Target) -> MemoryBase {
        match target.triple.binary_format {
            BinaryFormat::Elf => MemoryBase::Constant,
            _ => MemoryBase::Register,
        }
    }
}

/// How instances are represented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Model {
    /// One instance, whose state has link-time addresses: executables.
    Static,
    /// Any number of instances, each a block of memory whose address every function gets: objects and libraries.
    Handle(Handle),
}

/// Options of the handle model.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Handle {
    /// `--name`: what the module's C symbols begin with, a C identifier.
    pub name: String,
    /// `--interruptible`: loops and functions look whether another thread wants the call to end.
    pub interruptible: bool,
    /// `--link-imports`: imported functions are bound by name when the object is linked.
    pub link_imports: bool,
    /// `--traps=explicit`: no instruction traps by itself, so that no signal handler is needed.
    pub explicit_traps: bool,
    /// `--memory-reserve`: accesses are checked, and no more than so many bytes are reserved for a memory.
    pub memory_reserve: Option<u64>,
}

impl Model {
    /// The options of the handle model.
    pub fn handle(&self) -> Option<&Handle> {
        match self {
            Model::Static => None,
            Model::Handle(handle) => Some(handle),
        }
    }
}

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emit {
    /// A relocatable object.
    Object,
    /// Assembly text (disassembled machine code with labels).
    Assembly,
    /// Cranelift IR text, before optimisation.
    Clif,
}
