//! Makes what a module computes visible: most of what random code computes is dropped. Behind operators that leave a
//! number on the stack, code is put that folds it into a global, which is read in the end.

use crate::random::Random;
use crate::sections::{self, signed, unsigned};
use wasmaot_compiler::module::{Body, Module};
use wasmparser::{BinaryReaderError, FuncValidatorAllocations, Operator, ValType};

/// A local of each of these types is added to every function.
const TYPES: &[(ValType, u8)] =
    &[(ValType::I32, 0x7f), (ValType::I64, 0x7e), (ValType::F32, 0x7d), (ValType::F64, 0x7c), (ValType::V128, 0x7b)];

/// The module with a tap behind one in `every` operators.
pub fn add(bytes: &[u8], module: &Module<'_>, every: usize, random: &mut Random) -> Option<Vec<u8>> {
    let global = module.globals.len() as u64;
    let mut code = Vec::new();
    unsigned(&mut code, module.bodies.len() as u64);
    for body in &module.bodies {
        let body = tap(bytes, body, global, every, random).ok()??;
        unsigned(&mut code, body.len() as u64);
        code.extend(body);
    }
    let mut list = sections::split(bytes)?;
    list.iter_mut().find(|section| section.id == sections::CODE)?.content = code;
    sections::append(&mut list, sections::GLOBAL, 1, &[0x7e, 1, 0x42, 0, 0x0b])?;
    list.sort_by_key(sections::Section::order);
    Some(sections::join(&list))
}

fn tap(
    bytes: &[u8],
    body: &Body<'_>,
    global: u64,
    every: usize,
    random: &mut Random,
) -> Result<Option<Vec<u8>>, BinaryReaderError> {
    let mut validator = body.to_validate().into_validator(FuncValidatorAllocations::default());
    let mut reader = body.body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    let first = validator.len_locals();

    let mut operators = body.body.get_operators_reader()?;
    let mut locals = &bytes[body.body.range().start..operators.original_position()];
    let Some(groups) = sections::take(&mut locals) else { return Ok(None) };
    let mut new = Vec::new();
    unsigned(&mut new, groups + TYPES.len() as u64);
    new.extend(locals);
    TYPES.iter().for_each(|(_, code)| new.extend([1, *code]));

    while !operators.eof() {
        let start = operators.original_position();
        let operator = operators.read()?;
        validator.op(start, &operator)?;
        new.extend(&bytes[start..operators.original_position()]);
        let Some(frame) = validator.get_control_frame(0) else { continue };
        if frame.unreachable || validator.operand_stack_height() as usize <= frame.height || !random.one_in(every) {
            continue;
        }
        let Some(Some(ty)) = validator.get_operand_type(0) else { continue };
        let Some(which) = TYPES.iter().position(|(known, _)| *known == ty) else { continue };
        if ty != ValType::V128 || is_exact(&operator) {
            fold(&mut new, ty, u64::from(first) + which as u64, global);
        }
    }
    Ok(Some(new))
}

/// Whether the vector that an operator makes has no NaN that was not made canonical yet.
fn is_exact(operator: &Operator<'_>) -> bool {
    let name = format!("{operator:?}");
    ["I8x16", "I16x8", "I32x4", "I64x2", "V128", "Call"].iter().any(|prefix| name.starts_with(prefix))
}

/// `global = global * constant ^ value`; any NaN counts as 0.
fn fold(code: &mut Vec<u8>, ty: ValType, local: u64, global: u64) {
    let access = |code: &mut Vec<u8>, opcode: u8, index: u64| {
        code.push(opcode);
        unsigned(code, index);
    };
    access(code, 0x21, local); // local.set
    access(code, 0x20, local); // local.get
    match ty {
        ValType::I32 => code.push(0xad), // i64.extend_i32_u
        ValType::F32 | ValType::F64 => {
            let single = ty == ValType::F32;
            code.extend(if single { [0xbc, 0xad].as_slice() } else { &[0xbd] }); // reinterpret
            access(code, 0x20, local);
            access(code, 0x20, local);
            code.extend([if single { 0x5b } else { 0x61 }, 0xad, 0x7e]); // eq, i64.extend_i32_u, i64.mul
        }
        ValType::V128 => {
            code.extend([0xfd, 0x1d, 0]); // i64x2.extract_lane 0
            access(code, 0x20, local);
            code.extend([0xfd, 0x1d, 1, 0x85]); // i64x2.extract_lane 1, i64.xor
        }
        _ => {}
    }
    access(code, 0x23, global); // global.get
    code.push(0x42);
    signed(code, 0x2545_f491_4f6c_dd1d);
    code.extend([0x7e, 0x85]); // i64.mul, i64.xor
    access(code, 0x24, global); // global.set
    access(code, 0x20, local);
}
