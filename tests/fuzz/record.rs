//! A module and calls of its exports -> our answers, as assertions of a .wast file that an oracle can judge. The module
//! runs as native code, in a program built as a script.

use crate::program::{self, Answer, Running};
use crate::random::Random;
use std::fmt::Write;
use std::path::Path;
use wasmaot_abi::script::{INSTANTIATE, INVOKE};
use wasmaot_abi::trap::TrapKind;
use wasmaot_compiler::link::Linker;
use wasmaot_compiler::module::ItemKind;
use wasmaot_compiler::observer::Silent;
use wasmaot_compiler::{Error, Options, parse, script};
use wasmparser::{AbstractHeapType, HeapType, RefType, ValType};

/// Why there is no record.
pub enum Failure {
    /// The compiler refused the module.
    Refused(Error),
    /// Something is wrong with us.
    Wrong(String),
}

/// An export that can be called or read.
pub struct Row {
    /// Of which module.
    instance: usize,
    /// Its name.
    pub name: String,
    /// Function or global.
    pub kind: ItemKind,
    parameters: Vec<ValType>,
    results: Vec<ValType>,
}

/// Instantiates modules, in order, each with its name, under which later ones import from it. Calls the rows that `plan`
/// chooses, each with arguments from `random` (zeros without), and writes down what they say, until the stack ends:
/// how deep it is differs.
pub fn record(
    modules: &[(String, Vec<u8>)],
    options: &Options,
    executable: &Path,
    plan: impl FnOnce(&[Row]) -> Vec<usize>,
    mut random: Option<&mut Random>,
) -> Result<String, Failure> {
    let mut linker = Linker::default();
    for (name, binary) in modules {
        let module = parse::parse(binary, &options.features).map_err(Failure::Refused)?;
        let instance = linker.instantiate(module).map_err(Failure::Refused)?;
        linker.register(name, instance);
    }
    let program = linker.finish();
    let rows: Vec<_> = script::rows(&program)
        .into_iter()
        .map(|row| {
            let module = program.module_of(row.instance);
            let (parameters, results) = match row.kind {
                ItemKind::Global => (Vec::new(), vec![module.globals[row.index as usize].ty.content_type]),
                _ => module
                    .function_type(row.index)
                    .map_or_else(Default::default, |ty| (ty.params().to_vec(), ty.results().to_vec())),
            };
            Row { instance: row.instance.0 as usize, name: row.name, kind: row.kind, parameters, results }
        })
        .collect();
    let compile = || wasmaot_compiler::compile(&program, options, &Silent);
    let object = std::panic::catch_unwind(std::panic::AssertUnwindSafe(compile))
        .map_err(|_| Failure::Wrong(format!("panic: {}", crate::last_panic())))?
        .map_err(Failure::Refused)?;
    program::link(object, options, executable).map_err(Failure::Wrong)?;
    let mut running = Running::start(executable).map_err(Failure::Wrong)?;
    let plan = plan(&rows);
    let text = drive(modules, &rows, &plan, &mut random, &mut running).map_err(Failure::Wrong)?;
    running.finish().map_err(Failure::Wrong)?;
    Ok(text)
}

fn drive(
    modules: &[(String, Vec<u8>)],
    rows: &[Row],
    plan: &[usize],
    random: &mut Option<&mut Random>,
    running: &mut Running,
) -> Result<String, String> {
    let mut text = String::new();
    let mut live = 0;
    for (index, (name, binary)) in modules.iter().enumerate() {
        let module = format!("(module ${name} binary {})", string(binary));
        match running.ask(INSTANTIATE, index as u32, &[], 0).map_err(|why| format!("instantiate: {why}"))? {
            Answer::Results(_) => {
                let _ = writeln!(text, "{module}\n(register {name:?} ${name})");
                live += 1;
            }
            Answer::Trap(code) => {
                match trap(code)? {
                    Some(message) => {
                        let _ = writeln!(text, "(assert_trap {module} {message:?})");
                    }
                    // What it has done to the others until then differs.
                    None => return Ok(text),
                }
                break;
            }
        }
    }
    let mut exhausted = false;
    for index in plan {
        let row = &rows[*index];
        if row.instance >= live {
            continue;
        }
        let Some((cells, arguments)) = arguments(row, random) else { continue };
        if exhausted {
            // How far it came before differs. The program must still answer.
            running.ask(INVOKE, *index as u32, &cells, row.results.len())?;
            continue;
        }
        let export = format!("${} {}", modules[row.instance].0, string(row.name.as_bytes()));
        let what = match row.kind {
            ItemKind::Global => format!("(get {export})"),
            _ => format!("(invoke {export}{arguments})"),
        };
        let answer = running.ask(INVOKE, *index as u32, &cells, row.results.len());
        match answer.map_err(|why| format!("{what}: {why}"))? {
            Answer::Results(cells) => {
                let results: Vec<_> = row.results.iter().zip(&cells).map(|(ty, cell)| value(*ty, cell)).collect();
                let _ = writeln!(text, "(assert_return {what} {})", results.join(" "));
            }
            Answer::Trap(code) => match trap(code)? {
                Some(message) => {
                    let _ = writeln!(text, "(assert_trap {what} {message:?})");
                }
                None => exhausted = true,
            },
        }
    }
    Ok(text)
}

/// The message of a trap; none if the stack is exhausted.
fn trap(code: u8) -> Result<Option<&'static str>, String> {
    match TrapKind::from_code(code) {
        Some(TrapKind::StackOverflow) => Ok(None),
        Some(kind) => Ok(Some(kind.message())),
        None => Err(format!("trap: no such code {code}")),
    }
}

/// Arguments as cells and as text; `None` if no value of a parameter's type can be made.
fn arguments(row: &Row, random: &mut Option<&mut Random>) -> Option<(Vec<[u8; 16]>, String)> {
    let (mut cells, mut text) = (Vec::new(), String::new());
    for ty in &row.parameters {
        let number = random.as_deref_mut().map_or(0, |random| number(*ty, random));
        let cell = match ty {
            ValType::Ref(ty) if !ty.is_nullable() => return None,
            ValType::Ref(ty) if *ty != RefType::EXTERNREF => 0,
            ValType::Ref(_) if number.is_multiple_of(2) => 0,
            ValType::Ref(_) => number & 0xffff | 1,
            ValType::I32 | ValType::F32 => number & 0xffff_ffff,
            ValType::I64 | ValType::F64 => number & u128::from(u64::MAX),
            ValType::V128 => number,
        };
        cells.push(cell.to_le_bytes());
        text += " ";
        text += &value(*ty, &cell.to_le_bytes());
    }
    Some((cells, text))
}

fn number(ty: ValType, random: &mut Random) -> u128 {
    let any = u128::from(random.next()) << 64 | u128::from(random.next());
    let lane = match (ty, random.below(4)) {
        (_, 0) => return any,
        (ValType::F32, 1) => random
            .pick(&[0.0, -0.0, 1.0, -1.5, f32::INFINITY, f32::MIN_POSITIVE, 1e-45, 2147483648.0, f32::NAN])
            .to_bits()
            .into(),
        (ValType::F64, 1) => random
            .pick(&[
                0.0,
                -0.0,
                1.0,
                -1.5,
                f64::NEG_INFINITY,
                f64::MIN_POSITIVE,
                5e-324,
                9223372036854775808.0,
                f64::NAN,
            ])
            .to_bits(),
        (ValType::F32, 2) => (random.below(1000) as f32 - 500.0).to_bits().into(),
        (ValType::F64, 2) => (random.below(1000) as f64 - 500.0).to_bits(),
        (_, 1) => {
            random.pick(&[0, 1, u64::MAX, 0x7fff_ffff, 0x8000_0000, i64::MAX as u64, 1 << 63, 0xffff_ffff, 0x1_0000])
        }
        _ => random.below(70000) as u64,
    };
    u128::from(lane) | if ty == ValType::V128 { any & !u128::from(u64::MAX) } else { 0 }
}

/// A value in the text format, exact to the bit.
fn value(ty: ValType, cell: &[u8; 16]) -> String {
    let number = u128::from_le_bytes(*cell);
    let low = number as u64;
    match ty {
        ValType::I32 => format!("(i32.const {:#x})", low as u32),
        ValType::I64 => format!("(i64.const {low:#x})"),
        ValType::F32 => {
            let (bits, value) = (low as u32, f32::from_bits(low as u32));
            let sign = if bits >> 31 == 1 { "-" } else { "" };
            match value.is_nan() {
                true => format!("(f32.const {sign}nan:{:#x})", bits & 0x7f_ffff),
                false => format!("(f32.const {value:?})"),
            }
        }
        ValType::F64 => {
            let value = f64::from_bits(low);
            let sign = if low >> 63 == 1 { "-" } else { "" };
            match value.is_nan() {
                true => format!("(f64.const {sign}nan:{:#x})", low & 0xf_ffff_ffff_ffff),
                false => format!("(f64.const {value:?})"),
            }
        }
        ValType::V128 => format!("(v128.const i64x2 {low:#x} {:#x})", (number >> 64) as u64),
        ValType::Ref(ty) => match (is_external(ty), low) {
            (true, 0) => "(ref.null extern)".to_owned(),
            (true, _) => format!("(ref.extern {})", low >> 1),
            (false, 0) => "(ref.null func)".to_owned(),
            (false, _) => "(ref.func)".to_owned(),
        },
    }
}

fn is_external(ty: RefType) -> bool {
    matches!(ty.heap_type(), HeapType::Abstract { ty: AbstractHeapType::Extern, .. })
}

fn string(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3 + 2);
    text.push('"');
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => text.push(*byte as char),
            _ => {
                let _ = write!(text, "\\{byte:02x}");
            }
        }
    }
    text.push('"');
    text
}
