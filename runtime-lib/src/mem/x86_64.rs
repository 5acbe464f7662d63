//! x86-64: overlapping moves up to 128 bytes, then loops of 32-byte moves where the processor has AVX and of 16-byte
//! ones where not, string instructions where they are fast, and moves around the cache for what would not fit in it.
//!
//! All is written in assembly: what a compiler recognises here as a copy it would turn into a call of `memcpy`. In every
//! path all loads that later stores could overwrite come first, so that every path may overlap.

use core::arch::naked_asm;
use core::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use core::sync::atomic::{AtomicUsize, Ordering};

/// What the processor has: 0 before [`detect`], else [`KNOWN`] and these bits.
static FEATURES: AtomicUsize = AtomicUsize::new(0);
const KNOWN: usize = 1;
const AVX: usize = 2;
/// Lengths from which `rep movsb` and `rep stosb` are used, and those from which the cache is passed by.
static STRING_COPY: AtomicUsize = AtomicUsize::new(0);
static STRING_FILL: AtomicUsize = AtomicUsize::new(0);
static BYPASS: AtomicUsize = AtomicUsize::new(0);

/// Finds out what the processor has.
#[cold]
extern "C" fn detect() {
    let mut features = KNOWN;
    let (mut string_copy, mut string_fill) = (usize::MAX, usize::MAX);
    let highest = __cpuid(0).eax;
    let basic = __cpuid(1).ecx;
    // AVX, and the system saves its registers (OSXSAVE, XCR0).
    // SAFETY: OSXSAVE says that xgetbv is there.
    if basic & 1 << 28 != 0 && basic & 1 << 27 != 0 && unsafe { xgetbv() } & 6 == 6 {
        features |= AVX;
    }
    if highest >= 7 && __cpuid_count(7, 0).ebx & 1 << 9 != 0 {
        // ERMS: fast from some length on; but AMD's copy is slow wherever the destination is not aligned (measured on
        // Zen 4: five to fifteen times slower than the loop).
        (string_copy, string_fill) = (if is_amd() { usize::MAX } else { 0x1000 }, 0x800);
    }
    STRING_COPY.store(string_copy, Ordering::Relaxed);
    STRING_FILL.store(string_fill, Ordering::Relaxed);
    BYPASS.store(last_level_cache() / 2, Ordering::Relaxed);
    FEATURES.store(features, Ordering::Relaxed);
}

/// # Safety
/// The processor must have OSXSAVE.
#[target_feature(enable = "xsave")]
unsafe fn xgetbv() -> u64 {
    // SAFETY: the caller vouches.
    unsafe { _xgetbv(0) }
}

/// Whether the vendor is "AuthenticAMD" or its licensee "HygonGenuine".
fn is_amd() -> bool {
    [u32::from_le_bytes(*b"Auth"), u32::from_le_bytes(*b"Hygo")].contains(&__cpuid(0).ebx)
}

/// Bytes of the largest cache.
fn last_level_cache() -> usize {
    const PLENTY: usize = 4 << 20;
    // Intel lists its caches in leaf 4, AMD in leaf 0x8000001d, both in this form.
    let amd = is_amd() && __cpuid(0x8000_0000).eax >= 0x8000_001d;
    let leaf = if amd { 0x8000_001d } else { 4 };
    if !amd && __cpuid(0).eax < 4 {
        return PLENTY;
    }
    let mut largest = 0;
    for index in 0..8 {
        let cache = __cpuid_count(leaf, index);
        if cache.eax & 31 == 0 {
            break;
        }
        let (ways, partitions, line) = ((cache.ebx >> 22) + 1, (cache.ebx >> 12 & 0x3ff) + 1, (cache.ebx & 0xfff) + 1);
        largest = largest.max(ways as usize * partitions as usize * line as usize * (cache.ecx as usize + 1));
    }
    if largest == 0 { PLENTY } else { largest }
}

/// Keeps to, from and len across [`detect`] and goes on at label 5.
macro_rules! detect_then_retry {
    () => {
        "push rdi
         push rsi
         push rdx
         push rax
         sub rsp, 8
         call {detect}
         add rsp, 8
         pop rax
         pop rdx
         pop rsi
         pop rdi"
    };
}

/// A copy of more than 8 moves: `$vector` registers of `$width` bytes.
macro_rules! copy_loops {
    ($vector:literal, $width:literal, $unaligned:literal, $aligned:literal, $around:literal, $end:literal) => {
        concat!(
            // dst - src < len, without sign: the end of the source would be overwritten first.
            "mov r8, rdi\n sub r8, rsi\n cmp r8, rdx\n jb 7f\n",
            "cmp rdx, [rip + {string_copy}]\n jae 9f\n",
            "6:\n",
            $unaligned,
            " ",
            $vector,
            "4, [rsi]\n",
            $unaligned,
            " ",
            $vector,
            "5, [rsi + rdx - ",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "6, [rsi + rdx - 2*",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "7, [rsi + rdx - 3*",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "8, [rsi + rdx - 4*",
            $width,
            "]\n",
            "lea r9, [rdi + rdx]\n",
            "lea rcx, [rdi + ",
            $width,
            "]\n and rcx, -",
            $width,
            "\n",
            "sub rsi, rdi\n",
            "lea r10, [r9 - 4*",
            $width,
            "]\n",
            "cmp rdx, [rip + {bypass}]\n jae 8f\n",
            ".p2align 5\n",
            "2:\n",
            $unaligned,
            " ",
            $vector,
            "0, [rcx + rsi]\n",
            $unaligned,
            " ",
            $vector,
            "1, [rcx + rsi + ",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "2, [rcx + rsi + 2*",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "3, [rcx + rsi + 3*",
            $width,
            "]\n",
            $aligned,
            " [rcx], ",
            $vector,
            "0\n",
            $aligned,
            " [rcx + ",
            $width,
            "], ",
            $vector,
            "1\n",
            $aligned,
            " [rcx + 2*",
            $width,
            "], ",
            $vector,
            "2\n",
            $aligned,
            " [rcx + 3*",
            $width,
            "], ",
            $vector,
            "3\n",
            "add rcx, 4*",
            $width,
            "\n cmp rcx, r10\n jb 2b\n",
            "3:\n",
            $unaligned,
            " [r9 - ",
            $width,
            "], ",
            $vector,
            "5\n",
            $unaligned,
            " [r9 - 2*",
            $width,
            "], ",
            $vector,
            "6\n",
            $unaligned,
            " [r9 - 3*",
            $width,
            "], ",
            $vector,
            "7\n",
            $unaligned,
            " [r9 - 4*",
            $width,
            "], ",
            $vector,
            "8\n",
            $unaligned,
            " [rax], ",
            $vector,
            "4\n",
            $end,
            "\n ret\n",
            // Around the cache.
            "8:\n",
            "prefetcht0 [rcx + rsi + 1024]\n",
            "prefetcht0 [rcx + rsi + 1088]\n",
            $unaligned,
            " ",
            $vector,
            "0, [rcx + rsi]\n",
            $unaligned,
            " ",
            $vector,
            "1, [rcx + rsi + ",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "2, [rcx + rsi + 2*",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "3, [rcx + rsi + 3*",
            $width,
            "]\n",
            $around,
            " [rcx], ",
            $vector,
            "0\n",
            $around,
            " [rcx + ",
            $width,
            "], ",
            $vector,
            "1\n",
            $around,
            " [rcx + 2*",
            $width,
            "], ",
            $vector,
            "2\n",
            $around,
            " [rcx + 3*",
            $width,
            "], ",
            $vector,
            "3\n",
            "add rcx, 4*",
            $width,
            "\n cmp rcx, r10\n jb 8b\n",
            "sfence\n jmp 3b\n",
            // From the end.
            "7:\n",
            $unaligned,
            " ",
            $vector,
            "4, [rsi + rdx - ",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "5, [rsi]\n",
            $unaligned,
            " ",
            $vector,
            "6, [rsi + ",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "7, [rsi + 2*",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "8, [rsi + 3*",
            $width,
            "]\n",
            "lea r9, [rdi + rdx]\n",
            "lea rcx, [r9 - 1]\n and rcx, -",
            $width,
            "\n",
            "sub rsi, rdi\n",
            "lea r10, [rdi + 4*",
            $width,
            "]\n",
            ".p2align 5\n",
            "2:\n",
            $unaligned,
            " ",
            $vector,
            "0, [rcx + rsi - ",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "1, [rcx + rsi - 2*",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "2, [rcx + rsi - 3*",
            $width,
            "]\n",
            $unaligned,
            " ",
            $vector,
            "3, [rcx + rsi - 4*",
            $width,
            "]\n",
            $aligned,
            " [rcx - ",
            $width,
            "], ",
            $vector,
            "0\n",
            $aligned,
            " [rcx - 2*",
            $width,
            "], ",
            $vector,
            "1\n",
            $aligned,
            " [rcx - 3*",
            $width,
            "], ",
            $vector,
            "2\n",
            $aligned,
            " [rcx - 4*",
            $width,
            "], ",
            $vector,
            "3\n",
            "sub rcx, 4*",
            $width,
            "\n cmp rcx, r10\n ja 2b\n",
            $unaligned,
            " [rax], ",
            $vector,
            "5\n",
            $unaligned,
            " [rax + ",
            $width,
            "], ",
            $vector,
            "6\n",
            $unaligned,
            " [rax + 2*",
            $width,
            "], ",
            $vector,
            "7\n",
            $unaligned,
            " [rax + 3*",
            $width,
            "], ",
            $vector,
            "8\n",
            $unaligned,
            " [r9 - ",
            $width,
            "], ",
            $vector,
            "4\n",
            $end,
            "\n ret\n",
            // By string instruction: slow where the ranges are close, pointless where the cache is passed by.
            "9:\n",
            "cmp rdx, [rip + {bypass}]\n jae 6b\n",
            "mov r8, rsi\n sub r8, rdi\n cmp r8, 64\n jb 6b\n",
            "mov rcx, rdx\n rep movsb\n ret\n",
        )
    };
}

/// Copies `len` bytes, which may overlap; returns `to` (C's memmove).
///
/// # Safety
/// Both ranges must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memmove"))]
#[unsafe(naked)]
pub unsafe extern "C" fn copy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    naked_asm!(
        "mov rax, rdi",
        "cmp rdx, 16",
        "jb 2f",
        "cmp rdx, 32",
        "ja 3f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm1",
        "ret",
        "3:",
        "cmp rdx, 64",
        "ja 4f",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + rdx - 32]",
        "movups xmm3, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm1",
        "movups [rdi + rdx - 32], xmm2",
        "movups [rdi + rdx - 16], xmm3",
        "ret",
        "2:",
        "cmp edx, 8",
        "jb 3f",
        "mov rcx, [rsi]",
        "mov rsi, [rsi + rdx - 8]",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], rsi",
        "ret",
        "3:",
        "cmp edx, 4",
        "jb 3f",
        "mov ecx, [rsi]",
        "mov esi, [rsi + rdx - 4]",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], esi",
        "ret",
        "3:",
        "test edx, edx",
        "je 3f",
        "movzx ecx, byte ptr [rsi]",
        "movzx r8d, byte ptr [rsi + rdx - 1]",
        "shr edx, 1",
        "movzx esi, byte ptr [rsi + rdx]",
        "mov [rdi + rdx], sil",
        "mov [rdi], cl",
        "adc rdx, rdx", // what it was: the shift's last bit is in the carry
        "mov [rdi + rdx - 1], r8b",
        "3:",
        "ret",
        "4:",
        "cmp rdx, 128",
        "ja {large}",
        "movups xmm0, [rsi]",
        "movups xmm1, [rsi + 16]",
        "movups xmm2, [rsi + 32]",
        "movups xmm3, [rsi + 48]",
        "movups xmm4, [rsi + rdx - 64]",
        "movups xmm5, [rsi + rdx - 48]",
        "movups xmm6, [rsi + rdx - 32]",
        "movups xmm7, [rsi + rdx - 16]",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm1",
        "movups [rdi + 32], xmm2",
        "movups [rdi + 48], xmm3",
        "movups [rdi + rdx - 64], xmm4",
        "movups [rdi + rdx - 48], xmm5",
        "movups [rdi + rdx - 32], xmm6",
        "movups [rdi + rdx - 16], xmm7",
        "ret",
        large = sym copy_large,
    )
}

/// [`copy`] of more than 128 bytes; `rax` is `to`.
#[unsafe(naked)]
unsafe extern "C" fn copy_large() {
    naked_asm!(
        "mov ecx, [rip + {features}]",
        "test ecx, ecx",
        "jnz 5f",
        detect_then_retry!(),
        "mov ecx, [rip + {features}]",
        "5:",
        "test ecx, {AVX}",
        "jz {sse}",
        "cmp rdx, 256",
        "ja {avx}",
        "vmovups ymm0, [rsi]",
        "vmovups ymm1, [rsi + 32]",
        "vmovups ymm2, [rsi + 64]",
        "vmovups ymm3, [rsi + 96]",
        "vmovups ymm4, [rsi + rdx - 128]",
        "vmovups ymm5, [rsi + rdx - 96]",
        "vmovups ymm6, [rsi + rdx - 64]",
        "vmovups ymm7, [rsi + rdx - 32]",
        "vmovups [rdi], ymm0",
        "vmovups [rdi + 32], ymm1",
        "vmovups [rdi + 64], ymm2",
        "vmovups [rdi + 96], ymm3",
        "vmovups [rdi + rdx - 128], ymm4",
        "vmovups [rdi + rdx - 96], ymm5",
        "vmovups [rdi + rdx - 64], ymm6",
        "vmovups [rdi + rdx - 32], ymm7",
        "vzeroupper",
        "ret",
        features = sym FEATURES,
        AVX = const AVX,
        detect = sym detect,
        sse = sym copy_sse,
        avx = sym copy_avx,
    )
}

/// [`copy`] of more than 256 bytes with AVX; `rax` is `to`.
#[unsafe(naked)]
unsafe extern "C" fn copy_avx() {
    naked_asm!(
        copy_loops!("ymm", "32", "vmovups", "vmovaps", "vmovntps", "vzeroupper"),
        string_copy = sym STRING_COPY,
        bypass = sym BYPASS,
    )
}

/// [`copy`] of more than 128 bytes without AVX; `rax` is `to`.
#[unsafe(naked)]
unsafe extern "C" fn copy_sse() {
    naked_asm!(
        copy_loops!("xmm", "16", "movups", "movaps", "movntps", ""),
        string_copy = sym STRING_COPY,
        bypass = sym BYPASS,
    )
}

/// Sets more than 128 bytes to the vector register 0.
macro_rules! fill_loop {
    ($vector:literal, $width:literal, $unaligned:literal, $aligned:literal, $end:literal) => {
        concat!(
            $unaligned,
            " [rdi], ",
            $vector,
            "0\n",
            $unaligned,
            " [rdi + rdx - ",
            $width,
            "], ",
            $vector,
            "0\n",
            $unaligned,
            " [rdi + rdx - 2*",
            $width,
            "], ",
            $vector,
            "0\n",
            $unaligned,
            " [rdi + rdx - 3*",
            $width,
            "], ",
            $vector,
            "0\n",
            $unaligned,
            " [rdi + rdx - 4*",
            $width,
            "], ",
            $vector,
            "0\n",
            "lea r10, [rdi + rdx - 4*",
            $width,
            "]\n",
            "lea rcx, [rdi + ",
            $width,
            "]\n and rcx, -",
            $width,
            "\n",
            "cmp rcx, r10\n jae 3f\n",
            ".p2align 5\n",
            "2:\n",
            $aligned,
            " [rcx], ",
            $vector,
            "0\n",
            $aligned,
            " [rcx + ",
            $width,
            "], ",
            $vector,
            "0\n",
            $aligned,
            " [rcx + 2*",
            $width,
            "], ",
            $vector,
            "0\n",
            $aligned,
            " [rcx + 3*",
            $width,
            "], ",
            $vector,
            "0\n",
            "add rcx, 4*",
            $width,
            "\n cmp rcx, r10\n jb 2b\n",
            "3:\n",
            $end,
            "\n ret\n",
        )
    };
}

/// Sets `len` bytes; returns `to` (C's memset).
///
/// # Safety
/// The range must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memset"))]
#[unsafe(naked)]
pub unsafe extern "C" fn fill(to: *mut u8, value: u8, len: usize) -> *mut u8 {
    naked_asm!(
        "movzx esi, sil",
        "mov rax, rdi",
        "mov rcx, 0x0101010101010101",
        "imul rcx, rsi",
        "cmp rdx, 16",
        "jb 2f",
        "movq xmm0, rcx",
        "punpcklqdq xmm0, xmm0",
        "cmp rdx, 32",
        "ja 3f",
        "movups [rdi], xmm0",
        "movups [rdi + rdx - 16], xmm0",
        "ret",
        "3:",
        "cmp rdx, 128",
        "ja 4f",
        "movups [rdi], xmm0",
        "movups [rdi + 16], xmm0",
        "movups [rdi + rdx - 32], xmm0",
        "movups [rdi + rdx - 16], xmm0",
        "cmp edx, 64",
        "jbe 3f",
        "movups [rdi + 32], xmm0",
        "movups [rdi + 48], xmm0",
        "movups [rdi + rdx - 64], xmm0",
        "movups [rdi + rdx - 48], xmm0",
        "3:",
        "ret",
        "2:",
        "cmp edx, 8",
        "jb 3f",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], rcx",
        "ret",
        "3:",
        "cmp edx, 4",
        "jb 3f",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], ecx",
        "ret",
        "3:",
        "test edx, edx",
        "je 3f",
        "mov [rdi], cl",
        "mov [rdi + rdx - 1], cl",
        "shr edx, 1",
        "mov [rdi + rdx], cl",
        "3:",
        "ret",
        "4:",
        "mov ecx, [rip + {features}]",
        "test ecx, ecx",
        "jnz 5f",
        detect_then_retry!(),
        "mov ecx, [rip + {features}]",
        "movzx esi, sil", // detect may have used xmm0
        "mov r8, 0x0101010101010101",
        "imul r8, rsi",
        "movq xmm0, r8",
        "punpcklqdq xmm0, xmm0",
        "5:",
        "cmp rdx, [rip + {string_fill}]",
        "jae 6f",
        "test ecx, {AVX}",
        "jz {sse}",
        "vinsertf128 ymm0, ymm0, xmm0, 1",
        "cmp rdx, 256",
        "ja 3f",
        "vmovups [rdi], ymm0",
        "vmovups [rdi + 32], ymm0",
        "vmovups [rdi + 64], ymm0",
        "vmovups [rdi + 96], ymm0",
        "vmovups [rdi + rdx - 128], ymm0",
        "vmovups [rdi + rdx - 96], ymm0",
        "vmovups [rdi + rdx - 64], ymm0",
        "vmovups [rdi + rdx - 32], ymm0",
        "vzeroupper",
        "ret",
        "3:",
        fill_loop!("ymm", "32", "vmovups", "vmovaps", "vzeroupper"),
        "6:",
        "mov r8, rax",
        "mov eax, esi",
        "mov rcx, rdx",
        "rep stosb",
        "mov rax, r8",
        "ret",
        features = sym FEATURES,
        AVX = const AVX,
        string_fill = sym STRING_FILL,
        detect = sym detect,
        sse = sym fill_sse,
    )
}

/// [`fill`] of more than 128 bytes without AVX; `rax` is `to`, `xmm0` the value in every byte.
#[unsafe(naked)]
unsafe extern "C" fn fill_sse() {
    naked_asm!(fill_loop!("xmm", "16", "movups", "movaps", ""))
}

/// C's memcmp.
///
/// # Safety
/// Both ranges must be accessible.
#[cfg_attr(wasmaot_standalone, unsafe(export_name = "memcmp"))]
#[unsafe(naked)]
pub unsafe extern "C" fn compare(a: *const u8, b: *const u8, len: usize) -> i32 {
    naked_asm!(
        // Sixteen at a time, then one at a time.
        "xor ecx, ecx",
        "2:",
        "lea r8, [rcx + 16]",
        "cmp r8, rdx",
        "ja 4f",
        "movups xmm0, [rdi + rcx]",
        "movups xmm1, [rsi + rcx]",
        "pcmpeqb xmm0, xmm1",
        "pmovmskb eax, xmm0",
        "xor eax, 0xffff",
        "jne 5f",
        "mov rcx, r8",
        "jmp 2b",
        "5:",
        "bsf eax, eax",
        "add rcx, rax",
        "jmp 6f",
        "4:",
        "cmp rcx, rdx",
        "je 3f",
        "6:",
        "movzx eax, byte ptr [rdi + rcx]",
        "movzx r8d, byte ptr [rsi + rcx]",
        "inc rcx",
        "sub eax, r8d",
        "je 4b",
        "ret",
        "3:",
        "xor eax, eax",
        "ret",
    )
}

/// The other names that C has, and that compilers call.
#[cfg(wasmaot_standalone)]
mod symbols {
    use core::arch::naked_asm;

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        naked_asm!("jmp {}", sym super::copy)
    }

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
        naked_asm!("jmp {}", sym super::compare)
    }

    #[unsafe(naked)]
    #[unsafe(no_mangle)]
    unsafe extern "C" fn strlen(string: *const u8) -> usize {
        naked_asm!("xor eax, eax", "2:", "cmp byte ptr [rdi + rax], 0", "je 3f", "inc rax", "jmp 2b", "3:", "ret")
    }
}

/// For measurements: sets the thresholds.
#[cfg(test)]
pub(super) fn tune(string_copy: usize, string_fill: usize, bypass: usize, avx: bool) {
    detect();
    STRING_COPY.store(string_copy, Ordering::Relaxed);
    STRING_FILL.store(string_fill, Ordering::Relaxed);
    BYPASS.store(bypass, Ordering::Relaxed);
    if !avx {
        FEATURES.store(KNOWN, Ordering::Relaxed);
    }
}
