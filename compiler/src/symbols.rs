//! What relocations point at, and the link names of these things.

use crate::program::InstanceId;
use wasmaot_abi::builtin::Builtin;
use wasmaot_abi::wasip1;

/// Index into the program's compiled functions (wasm functions of all instances, then trampolines), in text order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FunctionId(pub u32);

/// Index into the program's data objects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DataId(pub u32);

/// Target of a relocation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Symbol {
    /// Compiled code.
    Function(FunctionId),
    /// A data object.
    Data(DataId),
    /// A runtime function.
    Builtin(Builtin),
    /// A WASI preview 1 function: index into [`wasip1::FUNCTIONS`].
    WasiP1(u32),
    /// Start of the compiled code.
    Text,
    /// The program's header.
    Program,
    /// Start of the instance's block (handle model; only in data of the block).
    Block,
    /// A function of the host that is bound at link time: index into the object's list of their names.
    Import(u32),
    /// What the library of the same version defines (handle model).
    Abi,
}

impl Symbol {
    /// Link name of a symbol that the runtime defines.
    pub fn runtime_name(self) -> Option<&'static str> {
        match self {
            Symbol::Builtin(builtin) => Some(builtin.row().symbol),
            Symbol::WasiP1(index) => wasip1::FUNCTIONS.get(index as usize).map(|row| row.symbol),
            Symbol::Abi => Some(wasmaot_abi::embed::ABI_SYMBOL),
            Symbol::Function(_) | Symbol::Data(_) | Symbol::Text => None,
            Symbol::Program | Symbol::Block | Symbol::Import(_) => None,
        }
    }
}

/// What a compiled function is, for symbol tables and backtraces.
#[derive(Clone, Debug)]
pub struct FunctionInfo {
    /// Link and display name: the wasm name, else `<export>`, else `function[12]`; trampolines say what they are.
    pub name: String,
    /// Instance and wasm function index; none for trampolines.
    pub wasm: Option<(InstanceId, u32)>,
}
