//! The function that debuggers call to follow a pointer in memory 0: it gets the pointer's native address and returns the
//! native address that the pointer means; null for null. lldb calls it where [`super::unit`]'s entries say so; nothing else does.

use super::Memory;
use crate::object::{DebugKind, DebugSection, Fixup, FixupTarget};
use crate::symbols::Symbol;
use crate::target::{BinaryFormat, Target};
use target_lexicon::Architecture;
use wasmaot_abi::program::CONSTANT_BASE;

/// Its symbol.
pub const NAME: &str = "wasmaot_debug_follow";

/// A function that nothing calls, and that returns. Where lldb does not find this name, by which it learns of shared libraries, it
/// leaves a breakpoint at the program's entry, and to that its calls of functions return: lldb 19 crashes when that breakpoint is of an
/// earlier process.
const LIBRARIES: &str = "_dl_debug_state";

/// Its code, on targets that have it.
pub fn section(target: &Target, memory: Memory) -> Option<DebugSection> {
    if target.triple.binary_format != BinaryFormat::Elf {
        return None;
    }
    let (mut bytes, fixups) = match target.triple.architecture {
        Architecture::X86_64 => {
            // mov eax, [rdi]; test eax, eax; je 1f; add rax, [rip + descriptor]; 1: ret
            let code = vec![0x8b, 0x07, 0x85, 0xc0, 0x74, 0x07, 0x48, 0x03, 0x05, 0, 0, 0, 0, 0xc3];
            let target = FixupTarget::Relative(Symbol::Data(memory.descriptor));
            (code, vec![Fixup { offset: 9, target, addend: -4 }])
        }
        Architecture::Aarch64(_) if memory.constant == Some(CONSTANT_BASE) => {
            const { assert!(CONSTANT_BASE == 16 << 12) }
            // ldr w1, [x0]; add x0, x1, #16, lsl #12; cmp w1, #0; csel x0, x0, xzr, ne; ret
            let code = [0xb940_0001_u32, 0x9140_4020, 0x7100_003f, 0x9a9f_1000, 0xd65f_03c0];
            (code.iter().flat_map(|word| word.to_le_bytes()).collect(), Vec::new())
        }
        _ => return None,
    };
    let ret: &[u8] = match target.triple.architecture {
        Architecture::X86_64 => &[0xc3],
        _ => &0xd65f_03c0_u32.to_le_bytes(),
    };
    let length = bytes.len() as u32;
    bytes.extend_from_slice(ret);
    let functions = vec![(NAME, 0, length), (LIBRARIES, length, ret.len() as u32)];
    Some(DebugSection { kind: DebugKind::Code, bytes, fixups, functions })
}
