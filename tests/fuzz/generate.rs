//! Modules and compiler options from random numbers.

use crate::random::Random;
use arbitrary::Unstructured;
use wasm_smith::{Config, InstructionKind, InstructionKinds, MemoryOffsetChoices, Module};
use wasmaot_compiler::Options;
use wasmaot_compiler::options::{MemoryBase, OptLevel};
use wasmaot_compiler::target::Target;

/// Any module: every proposal, sometimes with bodies that are no code.
pub fn any(random: &mut Random) -> Option<Vec<u8>> {
    let mut config = shape(random);
    config.allow_invalid_funcs = random.one_in(8);
    config.generate_custom_sections = random.one_in(2);
    config.min_uleb_size = if random.one_in(4) { 5 } else { 1 };
    config.max_imports = if random.one_in(8) { 5 } else { 0 };
    config.gc_enabled = random.one_in(16);
    config.exceptions_enabled = random.one_in(16);
    config.threads_enabled = random.one_in(16);
    config.relaxed_simd_enabled = true;
    if random.one_in(4) {
        config.max_memory32_bytes = 1 << 32;
        config.max_memory64_bytes = 1 << 64;
        config.max_table_elements = 10_000_000;
        config.memory_max_size_required = false;
        config.table_max_size_required = false;
    }
    Some(build(config, random)?.to_bytes())
}

/// A module to be run: it ends (`fuel` steps), imports nothing but what `imports` imports, and its answers are the same
/// everywhere. Returns the index of the global with the fuel too.
pub fn runnable(random: &mut Random, fuel: u32, relaxed: bool, imports: Option<Vec<u8>>) -> Option<(Vec<u8>, u32)> {
    let mut config = shape(random);
    config.max_imports = if imports.is_some() { 20 } else { 0 };
    config.available_imports = imports;
    config.min_funcs = 1;
    config.exceptions_enabled = false;
    config.threads_enabled = false;
    config.relaxed_simd_enabled = relaxed;
    config.canonicalize_nans = true;
    config.gc_enabled = false;
    // Memories that grow as far as they can. How far a 64-bit one can is a matter of the machine.
    if random.one_in(8) {
        config.memory64_enabled = false;
        config.memory_max_size_required = false;
        config.max_memory32_bytes = 1 << 32;
    }
    // A table or memory that nothing changes is compiled in another way.
    if random.one_in(3) {
        use InstructionKind::{Control, Memory, Numeric, Parametric, Reference, Table, Variable, Vector};
        let mut kinds = vec![Control, Numeric, Parametric, Reference, Variable, Vector];
        kinds.extend(random.pick(&[None, Some(Memory), Some(Table)]));
        config.allowed_instructions = InstructionKinds::new(&kinds);
    }
    let mut module = build(config, random)?;
    let fuel_global = module.ensure_termination(fuel).ok()?;
    Some((module.to_bytes(), fuel_global))
}

fn shape(random: &mut Random) -> Config {
    let few = |random: &mut Random, most: usize| random.within(0, most);
    Config {
        min_types: 1,
        max_types: random.within(1, 12),
        max_funcs: random.within(1, 10),
        max_globals: few(random, 8),
        max_memories: few(random, 3),
        max_tables: few(random, 3),
        max_data_segments: few(random, 6),
        max_element_segments: few(random, 6),
        max_elements: few(random, 20),
        max_instructions: random.pick(&[10, 40, 100, 100, 300, 1000]),
        max_memory32_bytes: 10 << 16,
        max_memory64_bytes: 10 << 16,
        memory_max_size_required: true,
        max_table_elements: 300,
        table_max_size_required: true,
        memory_offset_choices: offsets(random),
        export_everything: true,
        allow_start_export: random.one_in(4),
        allow_floats: !random.one_in(4),
        simd_enabled: !random.one_in(3),
        memory64_enabled: random.one_in(2),
        custom_page_sizes_enabled: random.one_in(3),
        wide_arithmetic_enabled: random.one_in(2),
        multi_value_enabled: !random.one_in(8),
        tail_call_enabled: !random.one_in(3),
        disallow_traps: random.one_in(2),
        ..Config::default()
    }
}

fn offsets(random: &mut Random) -> MemoryOffsetChoices {
    let (within, perhaps, outside) = random.pick(&[(90, 9, 1), (50, 30, 20), (99, 1, 0)]);
    MemoryOffsetChoices(within, perhaps, outside)
}

/// A generator that fails or panics has nothing to say about us.
fn build(config: Config, random: &mut Random) -> Option<Module> {
    let size = random.pick(&[200, 1000, 4000, 12000, 12000, 40000]);
    let data = random.bytes(size);
    std::panic::catch_unwind(|| Module::new(config, &mut Unstructured::new(&data)).ok()).ok()?
}

/// Options, and the flags of the command line that mean the same.
pub fn options(random: &mut Random) -> Result<(Options, String), String> {
    let mut target = Target::parse("x86_64-linux").map_err(|error| error.to_string())?;
    let cpu = random.pick(&["baseline", "baseline", "x86-64-v2", "x86-64-v3", "native"]);
    // A level above what this machine has cannot be run.
    let here = wasmaot_cli::cpu::native();
    target.set_cpu(cpu, || here.clone()).map_err(|error| error.to_string())?;
    let cpu = if target.cpu.iter().all(|wanted| here.contains(wanted)) { cpu } else { "baseline" };
    target.set_cpu(&format!("baseline,{cpu}"), || here.clone()).map_err(|error| error.to_string())?;
    let mut options = Options::new(target);
    let (level, letter) =
        random.pick(&[(OptLevel::O0, '0'), (OptLevel::O1, '1'), (OptLevel::O2, '2'), (OptLevel::Os, 's')]);
    options.opt_level = level;
    let (base, name) = random.pick(&[(MemoryBase::Constant, "constant"), (MemoryBase::Register, "register")]);
    options.memory_base = base;
    options.verify = true;
    // The command line has no flag for this one.
    options.target.scalar_vectors = random.one_in(4);
    let vectors = if options.target.scalar_vectors { " (scalar vectors)" } else { "" };
    Ok((options, format!("-O{letter} --cpu {cpu} --memory-base {name}{vectors}")))
}
