//! `pshufb` for code compiled for processors without SSSE3: a library call of Cranelift's.

use super::processor::{FEATURES, SSSE3, detect};
use core::arch::naked_asm;

/// Builtin: byte i of the result is the byte of the first vector that the low four bits of byte i of the second say, or
/// 0 if its high bit is set.
///
/// # Safety
/// Its arguments and result are vectors, in registers 0 and 1 and back in 0; so only compiled code may call it.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasmaot_pshufb() {
    naked_asm!(
        "mov rax, [rip + {features}]",
        "test eax, eax",
        "jz 3f",
        "2:",
        "test eax, {SSSE3}",
        "jz 4f",
        "pshufb xmm0, xmm1",
        "ret",
        "3:",
        "sub rsp, 40",
        "movups [rsp], xmm0",
        "movups [rsp + 16], xmm1",
        "call {detect}",
        "movups xmm0, [rsp]",
        "movups xmm1, [rsp + 16]",
        "add rsp, 40",
        "mov rax, [rip + {features}]",
        "jmp 2b",
        "4:",
        "movups [rsp - 24], xmm0",
        "movups [rsp - 40], xmm1",
        "xor ecx, ecx",
        "5:",
        "movzx edx, byte ptr [rsp + rcx - 40]",
        "mov eax, edx",
        "and eax, 15",
        "movzx eax, byte ptr [rsp + rax - 24]",
        "test dl, dl",
        "jns 6f",
        "xor eax, eax",
        "6:",
        "mov [rsp + rcx - 40], al",
        "inc ecx",
        "cmp ecx, 16",
        "jne 5b",
        "movups xmm0, [rsp - 40]",
        "ret",
        features = sym FEATURES,
        SSSE3 = const SSSE3,
        detect = sym detect,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::processor;
    use core::arch::x86_64::__m128i;
    use core::mem::transmute;

    #[allow(improper_ctypes_definitions)] // the C ABI passes vectors in registers
    fn shuffle(bytes: [u8; 16], mask: [u8; 16]) -> [u8; 16] {
        type Function = unsafe extern "C" fn(__m128i, __m128i) -> __m128i;
        // SAFETY: the function's true signature; vectors and arrays are 16 plain bytes.
        unsafe {
            let function = transmute::<*const (), Function>(wasmaot_pshufb as *const ());
            let result = function(transmute::<[u8; 16], __m128i>(bytes), transmute::<[u8; 16], __m128i>(mask));
            transmute::<__m128i, [u8; 16]>(result)
        }
    }

    #[test]
    fn bytes_are_shuffled() {
        let bytes = core::array::from_fn(|i| 100 + i as u8);
        let masks =
            [core::array::from_fn(|i| 15 - i as u8), core::array::from_fn(|i| (i * 37) as u8), [0x80; 16], [0x7f; 16]];
        for with_ssse3 in [false, true] {
            for mask in masks {
                processor::tune(usize::MAX, usize::MAX, usize::MAX, with_ssse3);
                let wanted = mask.map(|m: u8| if m & 0x80 != 0 { 0 } else { 100 + (m & 15) });
                assert_eq!(shuffle(bytes, mask), wanted);
            }
        }
    }
}
