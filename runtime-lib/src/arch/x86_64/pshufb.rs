//! `pshufb` for processors without SSSE3: Cranelift calls it for `i8x16.shuffle` and `i8x16.swizzle` there.

use core::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_storeu_si128};

/// Builtin: byte `i` of the result is byte `mask[i] & 15` of `source`, or 0 if the top bit of `mask[i]` is set.
#[unsafe(no_mangle)]
#[allow(improper_ctypes_definitions)] // the caller is compiled code, which passes vectors as System V says
pub extern "C" fn wasmaot_pshufb(source: __m128i, mask: __m128i) -> __m128i {
    let (source, mask) = (bytes(source), bytes(mask));
    let mut result = [0u8; 16];
    for (byte, index) in result.iter_mut().zip(mask) {
        if index < 0x80 {
            *byte = source[usize::from(index & 15)];
        }
    }
    // SAFETY: SSE2 is part of x86-64; unaligned load of 16 bytes that are there.
    unsafe { _mm_loadu_si128(result.as_ptr().cast()) }
}

fn bytes(vector: __m128i) -> [u8; 16] {
    let mut bytes = [0u8; 16];
    // SAFETY: SSE2 is part of x86-64; unaligned store into 16 bytes that are there.
    unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), vector) };
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_bytes_and_zeroes() {
        let load = |bytes: [u8; 16]| unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
        let source = load(core::array::from_fn(|i| 100 + i as u8));
        let mask = load([0, 15, 16, 31, 0x7f, 0x80, 0xff, 0x8f, 1, 2, 3, 4, 5, 6, 7, 8]);
        let expected = [100, 115, 100, 115, 115, 0, 0, 0, 101, 102, 103, 104, 105, 106, 107, 108];
        assert_eq!(bytes(wasmaot_pshufb(source, mask)), expected);
    }
}
