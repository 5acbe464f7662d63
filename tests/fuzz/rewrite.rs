//! Calls -> calls that wasm-smith does not make: through typed function references, which it has only together with GC,
//! and through tables at indices that are in the table.

use crate::random::Random;
use crate::sections::{self, unsigned};
use wasmaot_compiler::module::Module;
use wasmparser::Operator;

/// The module with about half of its direct calls made through references, in three ways. Every function must be declared
/// somewhere outside of bodies, as an export is.
pub fn calls(bytes: &[u8], module: &Module<'_>, random: &mut Random) -> Option<Vec<u8>> {
    let mut code = Vec::new();
    unsigned(&mut code, module.bodies.len() as u64);
    for body in &module.bodies {
        let range = body.body.range();
        let (mut new, mut copied) = (Vec::new(), range.start);
        let mut operators = body.body.get_operators_reader().ok()?;
        while !operators.eof() {
            let (operator, at) = operators.read_with_offset().ok()?;
            let (function, opcode) = match operator {
                Operator::Call { function_index } => (function_index, 0x14),
                Operator::ReturnCall { function_index } => (function_index, 0x15),
                Operator::CallIndirect { table_index, .. } | Operator::ReturnCallIndirect { table_index, .. } => {
                    // index % size, which traps if there are no elements
                    new.extend(&bytes[copied..at]);
                    copied = at;
                    new.extend([0xfc, 16]);
                    unsigned(&mut new, table_index.into());
                    new.push(if module.tables.get(table_index as usize)?.ty.table64 { 0x82 } else { 0x70 });
                    continue;
                }
                _ => continue,
            };
            if random.one_in(2) {
                continue;
            }
            new.extend(&bytes[copied..at]);
            copied = operators.original_position();
            by_reference(&mut new, function, *module.functions.get(function as usize)?, opcode, random);
        }
        new.extend(&bytes[copied..range.end]);
        unsigned(&mut code, new.len() as u64);
        code.extend(new);
    }
    let mut list = sections::split(bytes)?;
    list.iter_mut().find(|section| section.id == sections::CODE)?.content = code;
    Some(sections::join(&list))
}

fn by_reference(code: &mut Vec<u8>, function: u32, ty: u32, opcode: u8, random: &mut Random) {
    let way = random.below(3);
    if way == 0 {
        code.extend([0x02, 0x64]); // block (result (ref $ty))
        unsigned(code, ty.into());
    }
    code.push(0xd2); // ref.func
    unsigned(code, function.into());
    match way {
        0 => code.extend([0xd6, 0, 0x00, 0x0b]), // br_on_non_null 0, unreachable, end
        1 => code.push(0xd4),                    // ref.as_non_null
        _ => {}
    }
    code.push(opcode);
    unsigned(code, ty.into());
}
