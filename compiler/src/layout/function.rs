//! Functions: which are compiled, in which order, under which convention, and which have a descriptor because they are
//! used as references.

use super::exports::Exports;
use super::{GlobalLocation, InstanceLayout, Slots, add, global, instance_name, writer::Writer};
use crate::error::{Error, Result};
use crate::header::Api;
use crate::module::{ElementItems, ItemKind};
use crate::object::{DataObject, Section};
use crate::options::{Model, Options};
use crate::program::{Import, InstanceId, Main, Program};
use crate::script;
use crate::survey::Survey;
use crate::symbols::{DataId, FunctionId, FunctionInfo, Symbol};
use crate::types::{SignatureId, Signatures};
use std::collections::{BTreeSet, HashMap, HashSet};
use wasmparser::{ConstExpr, Operator};

/// A function after following imports.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ResolvedFunction {
    /// Defined by this instance under this index.
    Wasm(InstanceId, u32),
    /// A WASI function (row of [`wasmaot_abi::wasip1::FUNCTIONS`]) as imported by this instance under this index.
    Host(InstanceId, u32, u32),
    /// A function that the host gives this instance, imported under this index.
    Embedded(InstanceId, u32),
}

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Convention {
    /// The platform's C convention (with a hidden pointer for many results).
    Platform,
    /// Cranelift's `tail`, for callers and targets of tail calls.
    Tail,
}

/// What a function index means to a caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FunctionLocation {
    /// Compiled code.
    Compiled(FunctionId, Convention),
    /// A WASI function; the caller passes its host context.
    Host(u32),
    /// The host's: the `ImportSlot` at this offset of a data object has its code and context.
    Embedded(DataId, u32),
}

/// A function to compile.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum FunctionPlan {
    /// A wasm function: instance and index in its module's index space.
    Wasm(InstanceId, u32, Convention),
    /// A host function as a wasm function: the instance that imports it, and its index there.
    Host(InstanceId, u32, Convention),
    /// Instantiation of an instance.
    Init(InstanceId),
    /// What running the program calls.
    Main(Main),
    /// A function with C's convention, for the host.
    Export(InstanceId, u32),
    /// A function with its parameters and results in cells, for the host.
    Cells(InstanceId, u32),
    /// The address of a memory's or table's descriptor, or of a global, for the host.
    Address(InstanceId, Item),
    /// A script row that calls a function.
    ScriptCall(InstanceId, u32),
    /// A script row that reads a global.
    ScriptGlobal(InstanceId, u32),
}

/// What an address is of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Item {
    /// A memory by its index.
    Memory(u32),
    /// A table by its index.
    Table(u32),
    /// A global's value.
    Global(GlobalLocation),
}

/// The functions of a program.
#[derive(Debug, Default)]
pub struct Functions {
    /// To compile, in text order.
    pub plans: Vec<FunctionPlan>,
    /// By instance and index: after following imports.
    pub resolved: Vec<Vec<ResolvedFunction>>,
    /// Main's and the script rows' trampolines.
    pub main: Option<FunctionId>,
    /// First script trampoline and their number.
    pub script: Option<(FunctionId, u32)>,
    /// Types whose references are called with the `tail` convention.
    pub tail_signatures: HashSet<SignatureId>,
    /// Init functions by instance.
    pub inits: Vec<Option<FunctionId>>,
    ids: HashMap<ResolvedFunction, (FunctionId, Convention)>,
    funcrefs: HashMap<ResolvedFunction, u32>,
    signatures: HashMap<ResolvedFunction, SignatureId>,
    funcref_data: Option<DataId>,
    funcref_count: u64,
    /// C names of functions.
    pub exports: Vec<(String, FunctionId)>,
    /// What the host can reach (handle model).
    pub reachable: Exports,
}

/// Decides on all functions but trampolines for instantiation and entry.
pub fn functions<'data>(
    program: &Program<'data>,
    options: &Options,
    signatures: &Signatures,
    surveys: &[Survey],
    data: &mut Vec<DataObject<'data>>,
) -> Result<Functions> {
    let mut functions = Functions::default();
    for id in program.instance_ids() {
        let resolved = resolve_all(program, id, &functions.resolved)?;
        functions.resolved.push(resolved);
    }
    let escaping = escaping(program, &functions.resolved, surveys)?;
    let signature = |function: &ResolvedFunction| signature_of(program, signatures, function);
    let (tail, types) = tail_functions(program, &functions.resolved, surveys, signatures, &escaping, &signature)?;
    functions.tail_signatures = types;

    for id in program.instance_ids() {
        let imported = program.module_of(id).imported_functions;
        for index in imported..program.module_of(id).functions.len() as u32 {
            let function = ResolvedFunction::Wasm(id, index);
            let convention = if tail.contains(&function) { Convention::Tail } else { Convention::Platform };
            functions.add(function, FunctionPlan::Wasm(id, index, convention), convention);
        }
    }
    for function in &escaping {
        if let ResolvedFunction::Host(id, index, _) | ResolvedFunction::Embedded(id, index) = *function {
            let convention = if tail.contains(function) { Convention::Tail } else { Convention::Platform };
            functions.add(*function, FunctionPlan::Host(id, index, convention), convention);
        }
    }
    if !escaping.is_empty() {
        let mut writer = Writer::default();
        for function in &escaping {
            let (code, _) = functions.ids[function];
            let offset = writer.len();
            match options.model {
                Model::Static => writer.relative(Symbol::Function(code), offset).u32(signature(function)?.0),
                // `embed::FuncRef`
                Model::Handle(_) => writer
                    .pointer(Some(Symbol::Function(code)))
                    .pointer(Some(Symbol::Block))
                    .u64(signature(function)?.0.into()),
            };
            functions.funcrefs.insert(*function, offset as u32);
            functions.signatures.insert(*function, signature(function)?);
        }
        functions.funcref_data = Some(add(data, writer.finish("wasmaot.funcrefs".into(), Section::ReadOnly, 8)));
        functions.funcref_count = escaping.len() as u64;
    }
    Ok(functions)
}

impl Functions {
    fn add(&mut self, function: ResolvedFunction, plan: FunctionPlan, convention: Convention) {
        let id = self.push(plan);
        self.ids.insert(function, (id, convention));
    }

    fn push(&mut self, plan: FunctionPlan) -> FunctionId {
        self.plans.push(plan);
        FunctionId(self.plans.len() as u32 - 1)
    }

    /// The function part of an instance's layout.
    pub fn instance(&self, id: InstanceId, slots: Option<&Slots>) -> Result<InstanceLayout> {
        let resolved = &self.resolved[id.0 as usize];
        let location = |function: &ResolvedFunction| -> Result<FunctionLocation> {
            if let (ResolvedFunction::Embedded(owner, index), Some(slots)) = (*function, slots)
                && owner == id
            {
                let (slots, offset) = slots.get(ItemKind::Function, index)?;
                return Ok(FunctionLocation::Embedded(slots, offset));
            }
            Ok(self.compiled(id, function))
        };
        let functions = resolved.iter().map(location).collect::<Result<_>>()?;
        let funcrefs = resolved.iter().map(|function| self.funcrefs.get(function).copied()).collect();
        let (funcref_data, funcref_count) = (self.funcref_data, self.funcref_count);
        let slots = slots.cloned();
        Ok(InstanceLayout { functions, funcrefs, funcref_data, funcref_count, slots, ..InstanceLayout::default() })
    }

    /// What a function that is not its own import slot's means to an instance.
    fn compiled(&self, id: InstanceId, function: &ResolvedFunction) -> FunctionLocation {
        match (*function, self.ids.get(function)) {
            // Imported through another instance, it must get that instance's memory: go through its trampoline.
            (ResolvedFunction::Host(owner, ..), Some(&(code, convention))) if owner != id => {
                FunctionLocation::Compiled(code, convention)
            }
            (ResolvedFunction::Host(_, _, row), _) => FunctionLocation::Host(row),
            (ResolvedFunction::Wasm(..), Some(&(code, convention))) => FunctionLocation::Compiled(code, convention),
            (ResolvedFunction::Embedded(..), Some(&(code, convention))) => FunctionLocation::Compiled(code, convention),
            (ResolvedFunction::Wasm(..) | ResolvedFunction::Embedded(..), None) => {
                unreachable!("every wasm function has code, and others' imports a trampoline")
            }
        }
    }

    /// Plans the init function of an instance that has something left to do.
    pub fn add_init(&mut self, id: InstanceId, instance: &InstanceLayout) {
        let init = (!instance.init.is_empty()).then(|| self.push(FunctionPlan::Init(id)));
        self.inits.push(init);
    }

    /// Plans what the runtime calls.
    pub fn add_entries(&mut self, program: &Program<'_>, options: &Options) -> Result<()> {
        if let Some(main) = program.main {
            self.main = Some(self.push(FunctionPlan::Main(main)));
        }
        if options.script {
            let rows = script::rows(program);
            let first = FunctionId(self.plans.len() as u32);
            for row in &rows {
                self.push(match row.kind {
                    ItemKind::Global => FunctionPlan::ScriptGlobal(row.instance, row.index),
                    _ => FunctionPlan::ScriptCall(row.instance, row.index),
                });
            }
            self.script = Some((first, rows.len() as u32));
        }
        Ok(())
    }

    /// Plans what the host calls, and gives it the names of the C interface (handle model).
    pub fn add_exports<'data>(
        &mut self,
        program: &Program<'data>,
        options: &Options,
        signatures: &Signatures,
        instances: &[InstanceLayout],
        data: &mut Vec<DataObject<'data>>,
    ) -> Result<()> {
        let Some(handle) = options.model.handle() else { return Ok(()) };
        if options.script {
            // The driver finds its rows in the program's header; names of several modules would collide.
            return Ok(());
        }
        for id in program.instance_ids() {
            let (module, number) = (program.module_of(id), program.instances[id.0 as usize].module.0);
            let api = Api::of(module, handle)?;
            let layout = &instances[id.0 as usize];
            for export in &api.exports {
                let index = export.declared.index;
                let mut global = None;
                let plan = match export.declared.kind {
                    ItemKind::Function => {
                        let ty = signatures.get(number, module.functions[index as usize])?;
                        let cells = self.push(FunctionPlan::Cells(id, index));
                        self.exports.push((api.symbol(&export.cells), cells));
                        self.reachable.functions.insert((cells, ty, true));
                        if !export.is_simple {
                            continue;
                        }
                        let resolved = self.resolved[id.0 as usize][index as usize];
                        if let (ResolvedFunction::Wasm(owner, _), Some(&(code, Convention::Platform))) =
                            (resolved, self.ids.get(&resolved))
                            && owner == id
                            && options.target.has_c_convention()
                        {
                            self.exports.push((api.symbol(&export.name), code));
                            self.reachable.functions.insert((code, ty, false));
                            continue;
                        }
                        let function = self.push(FunctionPlan::Export(id, index));
                        self.exports.push((api.symbol(&export.name), function));
                        self.reachable.functions.insert((function, ty, false));
                        continue;
                    }
                    ItemKind::Memory => FunctionPlan::Address(id, Item::Memory(index)),
                    ItemKind::Table => FunctionPlan::Address(id, Item::Table(index)),
                    ItemKind::Global => {
                        let location = global::address(layout.globals[index as usize], index, self, data)?;
                        global = Some(location);
                        FunctionPlan::Address(id, Item::Global(location))
                    }
                };
                self.reachable.item((module, number), layout, &export.declared, global);
                let function = self.push(plan);
                self.exports.push((api.symbol(&export.name), function));
            }
        }
        Ok(())
    }

    /// Reference to a function: data object and offset of its descriptor.
    pub fn funcref(&self, instance: InstanceId, index: u32) -> Result<(DataId, u32)> {
        let function = self.resolved[instance.0 as usize].get(index as usize);
        function
            .and_then(|function| self.funcrefs.get(function))
            .zip(self.funcref_data)
            .map(|(offset, data)| (data, *offset))
            .ok_or_else(|| Error::internal(format!("function {index} has no descriptor")))
    }

    /// Code of a function as a table element would hold it.
    pub fn code(&self, instance: InstanceId, index: u32) -> Option<FunctionId> {
        let function = self.resolved[instance.0 as usize].get(index as usize)?;
        self.ids.get(function).map(|(id, _)| *id)
    }

    /// Type of a function that is used as a reference.
    pub fn signature(&self, instance: InstanceId, index: u32) -> Result<SignatureId> {
        let function = self.resolved[instance.0 as usize].get(index as usize);
        function
            .and_then(|function| self.signatures.get(function).copied())
            .ok_or_else(|| Error::internal(format!("function {index} is not used as a reference")))
    }

    /// Names for symbol tables and backtraces, one for each plan.
    pub fn infos(&self, program: &Program<'_>) -> Vec<FunctionInfo> {
        let names: Vec<_> = program.instance_ids().map(|id| program.module_of(id).shown_names()).collect();
        let name = |id: InstanceId, index: u32| names[id.0 as usize](index);
        let mut row = 0;
        let mut script = |what: &str| {
            row += 1;
            format!("wasmaot.{what}.{}", row - 1)
        };
        let info = |plan: &FunctionPlan| match *plan {
            FunctionPlan::Wasm(id, index, _) => FunctionInfo { name: name(id, index), wasm: Some((id, index)) },
            FunctionPlan::Host(id, index, _) => {
                let module = program.module_of(id);
                let import = module.imports.iter().find(|i| i.kind == ItemKind::Function && i.index == index);
                let name = import.map_or("wasmaot.host".into(), |import| format!("wasmaot.host.{}", import.name));
                FunctionInfo { name, wasm: None }
            }
            FunctionPlan::Export(id, index) => FunctionInfo { name: format!("export {}", name(id, index)), wasm: None },
            FunctionPlan::Cells(id, index) => FunctionInfo { name: format!("cells {}", name(id, index)), wasm: None },
            FunctionPlan::Address(..) => FunctionInfo { name: "wasmaot.address".into(), wasm: None },
            FunctionPlan::Init(id) => FunctionInfo { name: instance_name(id, "wasmaot.init"), wasm: None },
            FunctionPlan::Main(_) => FunctionInfo { name: "wasmaot.main".into(), wasm: None },
            FunctionPlan::ScriptCall(..) => FunctionInfo { name: script("call"), wasm: None },
            FunctionPlan::ScriptGlobal(..) => FunctionInfo { name: script("global"), wasm: None },
        };
        self.plans.iter().map(info).collect()
    }
}

/// Follows the imports of an instance's functions; those of earlier instances are done.
fn resolve_all(
    program: &Program<'_>,
    id: InstanceId,
    earlier: &[Vec<ResolvedFunction>],
) -> Result<Vec<ResolvedFunction>> {
    let module = program.module_of(id);
    let mut resolved = Vec::with_capacity(module.functions.len());
    let imports = &program.instances[id.0 as usize].imports;
    for (import, wired) in module.imports.iter().zip(imports).filter(|(import, _)| import.kind == ItemKind::Function) {
        resolved.push(match *wired {
            Import::WasiP1(row) => ResolvedFunction::Host(id, import.index, row),
            Import::Host => ResolvedFunction::Embedded(id, import.index),
            Import::Item(instance, index) => *earlier
                .get(instance.0 as usize)
                .and_then(|functions| functions.get(index as usize))
                .ok_or_else(|| Error::internal("an import from a later instance"))?,
        });
    }
    resolved.extend((module.imported_functions..module.functions.len() as u32).map(|i| ResolvedFunction::Wasm(id, i)));
    Ok(resolved)
}

/// Functions that are used as references: in element segments, `ref.func`, and constant expressions; and host functions
/// that an instance re-exports to another.
fn escaping(
    program: &Program<'_>,
    resolved: &[Vec<ResolvedFunction>],
    surveys: &[Survey],
) -> Result<BTreeSet<ResolvedFunction>> {
    let mut escaping = BTreeSet::new();
    for id in program.instance_ids() {
        let module = program.module_of(id);
        let own = &resolved[id.0 as usize];
        let mut indices: Vec<u32> = surveys[program.instances[id.0 as usize].module.0 as usize].referenced.clone();
        for segment in &module.elements {
            match &segment.items {
                ElementItems::Functions(functions) => indices.extend(functions),
                ElementItems::Expressions(expressions) => {
                    expressions.iter().try_for_each(|expression| named_functions(expression, &mut indices))?;
                }
            }
        }
        for init in module.globals.iter().filter_map(|global| global.init.as_ref()) {
            named_functions(init, &mut indices)?;
        }
        for init in module.tables.iter().filter_map(|table| table.init.as_ref()) {
            named_functions(init, &mut indices)?;
        }
        escaping.extend(indices.iter().filter_map(|index| own.get(*index as usize)));
        let foreign = |function: &&ResolvedFunction| {
            let (ResolvedFunction::Host(owner, ..) | ResolvedFunction::Embedded(owner, _)) = function else {
                return false;
            };
            *owner != id
        };
        escaping.extend(own.iter().filter(foreign));
    }
    Ok(escaping)
}

fn named_functions(expression: &ConstExpr<'_>, indices: &mut Vec<u32>) -> Result<()> {
    let mut reader = expression.get_operators_reader();
    while !reader.eof() {
        if let Operator::RefFunc { function_index } = reader.read()? {
            indices.push(function_index);
        }
    }
    Ok(())
}

fn signature_of(program: &Program<'_>, signatures: &Signatures, function: &ResolvedFunction) -> Result<SignatureId> {
    let (ResolvedFunction::Wasm(id, index)
    | ResolvedFunction::Host(id, index, _)
    | ResolvedFunction::Embedded(id, index)) = *function;
    let module = program.instances[id.0 as usize].module;
    signatures.get(module.0, program.module_of(id).functions[index as usize])
}

/// Functions with the `tail` convention: those that make tail calls, their targets, and every escaping function of a
/// type that one of them has or that is called indirectly by a tail call.
fn tail_functions(
    program: &Program<'_>,
    resolved: &[Vec<ResolvedFunction>],
    surveys: &[Survey],
    signatures: &Signatures,
    escaping: &BTreeSet<ResolvedFunction>,
    signature: &impl Fn(&ResolvedFunction) -> Result<SignatureId>,
) -> Result<(HashSet<ResolvedFunction>, HashSet<SignatureId>)> {
    let mut tail = HashSet::new();
    let mut types = HashSet::new();
    for id in program.instance_ids() {
        let module = program.instances[id.0 as usize].module;
        let survey = &surveys[module.0 as usize];
        let own = &resolved[id.0 as usize];
        let named = survey.tail_callers.iter().chain(&survey.tail_callees);
        tail.extend(named.filter_map(|index| own.get(*index as usize)).copied());
        // A type that does not exist is reported when the body is validated.
        types.extend(survey.tail_types.iter().filter_map(|ty| signatures.get(module.0, *ty).ok()));
    }
    if tail.is_empty() && types.is_empty() {
        return Ok((tail, types));
    }
    for function in escaping.iter().filter(|function| tail.contains(function)) {
        types.insert(signature(function)?);
    }
    for function in escaping {
        if types.contains(&signature(function)?) {
            tail.insert(*function);
        }
    }
    Ok((tail, types))
}
