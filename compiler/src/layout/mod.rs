//! Where every piece of instance state lives, and what each index of a module means to compiled code. Made before any
//! function is translated; nothing changes it afterwards. The only room, with `translate/bounds.rs`, that knows the
//! instance model: in the static one state is link-time symbols and no context pointer exists; in that of handles
//! (`block.rs`) the same objects stand in a block for each instance.

mod block;
mod exports;
mod function;
mod global;
mod header;
mod memory;
mod table;
mod writer;

pub use block::{Home, Slots};
pub use function::{Convention, FunctionLocation, FunctionPlan, Item, ResolvedFunction};
pub use global::GlobalLocation;
pub use memory::{Base, MemoryLocation};
pub use table::TableLocation;

use crate::constant::Offset;
use crate::error::{Error, Result};
use crate::module::ItemKind;
use crate::object::{DataObject, ProgramParts};
use crate::options::Options;
use crate::program::{InstanceId, Program};
use crate::survey::Survey;
use crate::symbols::{DataId, FunctionId, FunctionInfo};
use crate::types::{SignatureId, Signatures};
use std::collections::HashSet;

/// The layout of a program.
#[derive(Debug)]
pub struct Layout<'data> {
    /// What compiled code needs to know, by instance.
    pub instances: Vec<InstanceLayout>,
    /// Ids of function types.
    pub signatures: Signatures,
    /// Types whose references are called with the `tail` convention.
    pub tail_signatures: HashSet<SignatureId>,
    /// Whether any function has the `tail` convention.
    pub has_tail: bool,
    /// Every function to compile, in text order.
    pub functions: Vec<FunctionPlan>,
    /// Their names.
    pub infos: Vec<FunctionInfo>,
    /// Every data object.
    pub data: Vec<DataObject<'data>>,
    /// The program header.
    pub parts: ProgramParts,
    /// Where each data object is, by id; empty in the static model, where each has an address of its own.
    pub homes: Vec<Home>,
    /// C names of functions.
    pub exports: Vec<(String, FunctionId)>,
    /// Names of functions of the host that are bound at link time.
    pub linked: Vec<String>,
    /// Ids that the types have in the process, by [`SignatureId`] (handle model).
    pub type_ids: Option<DataId>,
}

/// The descriptor of a memory or table: a data object, or the import at this offset of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Descriptor {
    /// This.
    Own(DataId),
    /// What the `ImportSlot` there points to.
    Imported(DataId, u32),
}

/// What the indices of an instance's module mean.
#[derive(Debug, Default)]
pub struct InstanceLayout {
    /// Functions.
    pub functions: Vec<FunctionLocation>,
    /// Offset in [`InstanceLayout::funcref_data`] of the descriptor of a function that is used as a reference.
    pub funcrefs: Vec<Option<u32>>,
    /// The array of descriptors.
    pub funcref_data: Option<DataId>,
    /// Number of descriptors.
    pub funcref_count: u64,
    /// Tables.
    pub tables: Vec<TableLocation>,
    /// Holds the address of table 0, for debuggers, if that never changes.
    pub table_address: Option<DataId>,
    /// Memories.
    pub memories: Vec<MemoryLocation>,
    /// Globals.
    pub globals: Vec<GlobalLocation>,
    /// Descriptors of the data segments, if any instruction names them.
    pub data_segments: Vec<Option<DataId>>,
    /// Descriptors of the element segments, if any instruction names them.
    pub element_segments: Vec<Option<DataId>>,
    /// What host functions get; exists if the instance imports any.
    pub host_context: Option<DataId>,
    /// Where the imports are that the host gives.
    pub slots: Option<Slots>,
    /// What is left of instantiation, in order.
    pub init: Vec<InitStep>,
}

/// A step of instantiation that is done at run time.
#[derive(Clone, Copy, Debug)]
pub enum InitStep {
    /// The initial value of a global, which depends on one of the host.
    Global(u32),
    /// `table.fill` of a whole table: table, descriptor of the function (data object and offset), length.
    TableFill(u32, (DataId, u32), u64),
    /// `table.init` of a whole segment.
    Table(SegmentStep),
    /// `memory.init` of a whole segment.
    Memory(SegmentStep),
    /// Call of the start function.
    Start(u32),
}

/// An active segment that is applied at run time.
#[derive(Clone, Copy, Debug)]
pub struct SegmentStep {
    /// The table or memory.
    pub to: u32,
    /// Index of the segment.
    pub segment: u32,
    /// Its descriptor.
    pub descriptor: DataId,
    /// Where in the table or memory.
    pub offset: Offset,
    /// Elements or bytes.
    pub len: u64,
}

/// Lays a program out.
pub fn layout<'data>(program: &Program<'data>, options: &Options) -> Result<Layout<'data>> {
    let signatures = Signatures::of(program)?;
    let surveys: Vec<Survey> = program.modules.iter().map(Survey::of).collect();
    let mut data = Vec::new();
    let slots = block::slots(program, &mut data);
    let mut functions = function::functions(program, options, &signatures, &surveys, &mut data)?;

    let mut instances: Vec<InstanceLayout> = Vec::with_capacity(program.instances.len());
    let mut image_data = Vec::new();
    let constant_tables = table::constant_tables(program, options, &surveys)?;
    for id in program.instance_ids() {
        let mut instance = functions.instance(id, slots[id.0 as usize].as_ref())?;
        global::globals(program, id, &functions, &instances, &mut instance, &mut data)?;
        table::tables(
            program,
            options,
            id,
            &functions,
            &constant_tables,
            &surveys,
            &instances,
            &mut instance,
            &mut data,
        )?;
        let images = memory::memories(program, id, options, &instances, &mut instance, &mut data)?;
        image_data.push(images);
        instance.init.extend(program.module_of(id).start.map(InitStep::Start));
        functions.add_init(id, &instance);
        instances.push(instance);
    }
    functions.add_entries(program, options)?;
    functions.add_exports(program, options, &signatures, &instances, &mut data)?;
    let mut parts = header::header(program, options, &functions, &instances, &image_data, &mut data)?;
    let infos = functions.infos(program);
    let types = exports::Types::new(&signatures, &functions.tail_signatures);
    let type_ids = options.model.handle().map(|_| block::type_ids(&types, &mut data));
    let mut linked = Vec::new();
    let homes = match options.model.handle() {
        Some(handle) => {
            let input = block::Input {
                program,
                handle,
                instances: &instances,
                types: &types,
                exports: &functions.reachable,
                type_ids,
            };
            block::build(&input, &mut parts, &mut linked, &mut data)?
        }
        None => Vec::new(),
    };
    let function::Functions { plans, tail_signatures, exports, .. } = functions;
    let has_tail = plans.iter().any(|plan| {
        matches!(plan, FunctionPlan::Wasm(.., Convention::Tail) | FunctionPlan::Host(.., Convention::Tail))
    });
    Ok(Layout {
        instances,
        signatures,
        tail_signatures,
        has_tail,
        functions: plans,
        infos,
        data,
        parts,
        homes,
        exports,
        linked,
        type_ids,
    })
}

impl InstanceLayout {
    /// The slot of an import that the host gives: data object and byte offset.
    fn slot(&self, kind: ItemKind, index: u32) -> Result<(DataId, u32)> {
        self.slots.as_ref().ok_or_else(|| Error::internal("no slots"))?.get(kind, index)
    }
}

/// Adds a data object and says where.
fn add<'data>(data: &mut Vec<DataObject<'data>>, object: DataObject<'data>) -> DataId {
    data.push(object);
    DataId(data.len() as u32 - 1)
}

/// `name` of the first instance, `name.2` of the second, and so on.
fn instance_name(id: InstanceId, name: &str) -> String {
    if id.0 == 0 { name.to_owned() } else { format!("{name}.{}", id.0 + 1) }
}
