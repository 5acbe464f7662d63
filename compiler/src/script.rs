//! The exports that a test script can call ([`wasmaot_abi::script`]): one row for each exported function and global of
//! each instance, in order.

use crate::module::ItemKind;
use crate::program::{InstanceId, Program};

/// One row of the script table.
#[derive(Clone, Debug)]
pub struct ScriptExport {
    /// Whose export.
    pub instance: InstanceId,
    /// Its name.
    pub name: String,
    /// Function or global.
    pub kind: ItemKind,
    /// Index in the instance's index space.
    pub index: u32,
}

/// The rows of a program.
pub fn rows(program: &Program<'_>) -> Vec<ScriptExport> {
    let mut rows = Vec::new();
    for instance in program.instance_ids() {
        for export in &program.module_of(instance).exports {
            if matches!(export.kind, ItemKind::Function | ItemKind::Global) {
                let (name, kind, index) = (export.name.to_owned(), export.kind, export.index);
                rows.push(ScriptExport { instance, name, kind, index });
            }
        }
    }
    rows
}
