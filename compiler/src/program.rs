//! A [`Program`]: the unit that is laid out, optimised and emitted. One or more instances of core modules, whose imports
//! are wired to each other or to host functions at compile time. A plain module is a program of one.

use crate::module::{ItemKind, Module};

/// Index into [`Program::modules`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ModuleId(pub u32);

/// Index into [`Program::instances`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct InstanceId(pub u32);

/// Core modules, their instances in instantiation order, and the wiring.
#[derive(Debug, Default)]
pub struct Program<'data> {
    /// Parsed modules.
    pub modules: Vec<Module<'data>>,
    /// Their instances. An instance imports only from earlier ones.
    pub instances: Vec<Instance>,
    /// What a command does; none for scripts and libraries.
    pub main: Option<Main>,
}

/// The entry point of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Main {
    /// Whose functions.
    pub instance: InstanceId,
    /// A function of type `[] -> []` to call first.
    pub initialize: Option<u32>,
    /// The function of type `[] -> []` to call.
    pub start: u32,
}

/// One instance of a module.
#[derive(Debug)]
pub struct Instance {
    /// Of which module.
    pub module: ModuleId,
    /// What each of the module's imports is, in the order of [`Module::imports`].
    pub imports: Vec<Import>,
}

/// What an import is wired to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Import {
    /// A function, table, memory or global of an earlier instance, by the index in *that* instance's index space of the
    /// same kind (its own imports included).
    Item(InstanceId, u32),
    /// A function of WASI preview 1: index into [`wasmaot_abi::wasip1::FUNCTIONS`].
    WasiP1(u32),
    /// Whatever the host gives when it makes an instance (handle model).
    Host,
}

impl<'data> Program<'data> {
    /// The module of an instance.
    pub fn module_of(&self, instance: InstanceId) -> &Module<'data> {
        &self.modules[self.instances[instance.0 as usize].module.0 as usize]
    }

    /// What the item of this kind and index is imported from; `None` if the instance defines it.
    pub fn import(&self, instance: InstanceId, kind: ItemKind, index: u32) -> Option<Import> {
        let module = self.module_of(instance);
        let imported = match kind {
            ItemKind::Function => module.imported_functions,
            ItemKind::Table => module.imported_tables,
            ItemKind::Memory => module.imported_memories,
            ItemKind::Global => module.imported_globals,
        };
        if index >= imported {
            return None;
        }
        let position = module.imports.iter().position(|import| import.kind == kind && import.index == index)?;
        self.instances[instance.0 as usize].imports.get(position).copied()
    }

    /// Ids of all instances, in order.
    pub fn instance_ids(&self) -> impl Iterator<Item = InstanceId> + use<> {
        (0..self.instances.len() as u32).map(InstanceId)
    }
}
