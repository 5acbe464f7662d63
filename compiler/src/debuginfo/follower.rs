//! The function that debuggers call to follow a pointer in memory 0: it gets the pointer's native address and returns the
//! native address that the pointer means; null for null, and for what is in no memory where each instance has its own. lldb calls it where [`super::unit`]'s entries say so; nothing else does.

use super::{Memory, Table, dispatcher};
use crate::object::{DebugKind, DebugSection, Fixup, FixupTarget};
use crate::symbols::Symbol;
use crate::target::{BinaryFormat, Target};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::mem::offset_of;
use target_lexicon::Architecture;
use wasmaot_abi::embed::{Header, VERSION, offset};
use wasmaot_abi::program::{CONSTANT_BASE, DEBUG_BASE};

/// Its symbol.
pub const NAME: &str = "wasmaot_debug_follow";

/// A function that nothing calls, and that returns. Where lldb does not find this name, by which it learns of shared libraries, it
/// leaves a breakpoint at the program's entry, and to that its calls of functions return: lldb 19 crashes when that breakpoint is of an
/// earlier process.
const LIBRARIES: &str = "_dl_debug_state";

/// That of the function which does the same for a pointer to a function: an index in table 0.
pub const FUNCTION: &str = "wasmaot_debug_function";

/// That of the function that assigns a pointer in memory 0: it gets its native address and the native pointer, which it returns. What
/// is neither in that memory nor null ends it.
pub const ASSIGN: &str = "wasmaot_debug_assign";

/// From a memory behind an instance's block to the instance's module.
const MODULE: i64 = offset_of!(Header, module) as i64 - offset::MEMORY as i64;
const _: () = assert!(MODULE == -48 && VERSION == 4 && DEBUG_BASE == 1 << 32);

/// Their code, on targets that have it, with that of the functions for slots of virtual tables ([`dispatcher`]).
pub fn section(target: &Target, memory: Memory, table: Option<Table>, slots: &BTreeSet<u32>) -> Option<DebugSection> {
    if target.triple.binary_format != BinaryFormat::Elf {
        return None;
    }
    let (mut bytes, mut fixups) = match target.triple.architecture {
        Architecture::X86_64 if memory.behind => {
            // mov eax, [rdi]; test eax, eax; je 2f; shr rdi, 32; shl rdi, 32; mov rcx, [rdi - 48]; cmp dword ptr [rcx], 4;
            // jne 1f; or rax, rdi; ret; 1: xor eax, eax; 2: ret
            let mut code = vec![0x8b, 0x07, 0x85, 0xc0, 0x74, 0x17, 0x48, 0xc1, 0xef, 32, 0x48, 0xc1, 0xe7, 32];
            code.extend_from_slice(&[0x48, 0x8b, 0x4f, MODULE as u8, 0x83, 0x39, VERSION as u8, 0x75, 0x04]);
            code.extend_from_slice(&[0x48, 0x09, 0xf8, 0xc3, 0x31, 0xc0, 0xc3]);
            (code, Vec::new())
        }
        Architecture::X86_64 => {
            // mov eax, [rdi]; test eax, eax; je 1f; add rax, [rip + descriptor]; 1: ret
            let code = vec![0x8b, 0x07, 0x85, 0xc0, 0x74, 0x07, 0x48, 0x03, 0x05, 0, 0, 0, 0, 0xc3];
            let target = FixupTarget::Relative(Symbol::Data(memory.descriptor));
            (code, vec![Fixup { offset: 9, target, addend: -4 }])
        }
        Architecture::Aarch64(_) if memory.behind => {
            // ldr w1, [x0]; and x0, x0, #0xffffffff00000000; cbz w1, 1f; ldur x2, [x0, #-48]; ldr w2, [x2]; cmp w2, #4;
            // orr x0, x0, x1; csel x0, x0, xzr, eq; ret; 1: mov x0, xzr; ret
            let code = [0xb940_0001_u32, 0x9260_7c00, 0x3400_00e1, 0xf85d_0002, 0xb940_0042, 0x7100_105f];
            let code = [&code[..], &[0xaa01_0000, 0x9a9f_0000, 0xd65f_03c0, 0xaa1f_03e0, 0xd65f_03c0]].concat();
            (code.iter().flat_map(|word| word.to_le_bytes()).collect(), Vec::new())
        }
        Architecture::Aarch64(_) => {
            let add = match memory.constant? {
                // add x0, x1, #16, lsl #12
                CONSTANT_BASE => const { if CONSTANT_BASE == 16 << 12 { 0x9140_4020_u32 } else { panic!() } },
                // orr x0, x1, #0x100000000
                DEBUG_BASE => const { if DEBUG_BASE == 1 << 32 { 0xb260_0020 } else { panic!() } },
                _ => return None,
            };
            // ldr w1, [x0]; add or orr; cmp w1, #0; csel x0, x0, xzr, ne; ret
            let code = [0xb940_0001_u32, add, 0x7100_003f, 0x9a9f_1000, 0xd65f_03c0];
            (code.iter().flat_map(|word| word.to_le_bytes()).collect(), Vec::new())
        }
        _ => (Vec::new(), Vec::new()),
    };
    let mut functions = Vec::new();
    let mut add = |name: Cow<'static, str>, start, end| functions.push((name, start, end - start));
    if !bytes.is_empty() {
        add(NAME.into(), 0, bytes.len() as u32);
    }
    // The lower half of an address is what is assigned, where memory 0 begins at a multiple of 4 GiB.
    if target.triple.architecture == Architecture::X86_64 && (memory.behind || memory.constant == Some(DEBUG_BASE)) {
        let start = bytes.len() as u32;
        // mov rax, rsi; shr rax, 32; mov rcx, rdi; shr rcx, 32; cmp eax, ecx; je 1f; test rsi, rsi; jne 2f;
        // 1: mov [rdi], esi; mov rax, rsi; ret; 2: ud2
        bytes.extend_from_slice(&[0x48, 0x89, 0xf0, 0x48, 0xc1, 0xe8, 32, 0x48, 0x89, 0xf9, 0x48, 0xc1, 0xe9, 32]);
        bytes.extend_from_slice(&[0x39, 0xc8, 0x74, 0x05, 0x48, 0x85, 0xf6, 0x75, 0x06]);
        bytes.extend_from_slice(&[0x89, 0x37, 0x48, 0x89, 0xf0, 0xc3, 0x0f, 0x0b]);
        add(ASSIGN.into(), start, bytes.len() as u32);
    }
    if target.triple.architecture == Architecture::X86_64
        && let Some(table) = table
    {
        let start = bytes.len() as u32;
        // mov eax, [rdi]; cmp rax, length; jae 1f; lea rcx, [rip + table]; movsxd rdx, [rcx + rax * 8]; test edx, edx;
        // je 1f; lea rax, [rcx + rdx]; 1: ret
        bytes.extend_from_slice(&[0x8b, 0x07, 0x48, 0x3d]);
        bytes.extend_from_slice(&i32::try_from(table.len).ok()?.to_le_bytes());
        bytes.extend_from_slice(&[0x73, 0x13, 0x48, 0x8d, 0x0d]);
        let target = FixupTarget::Relative(Symbol::Data(table.elements));
        fixups.push(Fixup { offset: bytes.len() as u32, target, addend: -4 });
        bytes.extend_from_slice(&[0, 0, 0, 0, 0x48, 0x63, 0x14, 0xc1, 0x85, 0xd2, 0x74, 0x04, 0x48, 0x8d, 0x04, 0x11]);
        bytes.push(0xc3);
        add(FUNCTION.into(), start, bytes.len() as u32);
    }
    if let Some((code, mut fixup, starts)) =
        table.filter(|_| !slots.is_empty()).and_then(|table| dispatcher::code(target.triple.architecture, table, slots))
    {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let first = bytes.len() as u32;
        bytes.extend_from_slice(&code);
        fixup.offset += first;
        fixups.push(fixup);
        let ends = starts.iter().skip(1).copied().chain([code.len() as u32]);
        for ((slot, start), end) in slots.iter().zip(&starts).zip(ends) {
            add(dispatcher::name(*slot).into(), first + start, first + end);
        }
    }
    if bytes.is_empty() {
        return None;
    }
    let ret: &[u8] = match target.triple.architecture {
        Architecture::X86_64 => &[0xc3],
        Architecture::Riscv64(_) => &[],
        _ => &0xd65f_03c0_u32.to_le_bytes(),
    };
    // The linker of a C program has the true one.
    if !memory.behind && !ret.is_empty() {
        add(LIBRARIES.into(), bytes.len() as u32, (bytes.len() + ret.len()) as u32);
        bytes.extend_from_slice(ret);
    }
    Some(DebugSection { kind: DebugKind::Code, bytes, fixups, functions })
}
