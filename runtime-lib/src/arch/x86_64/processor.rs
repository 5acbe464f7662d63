//! What the processor can do beyond the baseline, asked once, when something first depends on it: every `cpuid` costs a
//! microsecond or more in a virtual machine, too much for programs that end after a hundred.

use core::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv, CpuidResult};
use core::sync::atomic::{AtomicUsize, Ordering};

/// What the processor has: 0 before [`detect`], else [`KNOWN`] and these bits.
pub static FEATURES: AtomicUsize = AtomicUsize::new(0);
/// [`detect`] has run.
pub const KNOWN: usize = 1;
/// AVX, and the system saves its registers.
pub const AVX: usize = 2;
/// SSSE3.
pub const SSSE3: usize = 4;
/// Bytes from which `rep movsb` is the fastest copy; `usize::MAX` if never.
pub static STRING_COPY: AtomicUsize = AtomicUsize::new(0);
/// Bytes from which `rep stosb` is the fastest fill; `usize::MAX` if never.
pub static STRING_FILL: AtomicUsize = AtomicUsize::new(0);
/// [`detect_cache`] has run.
pub const CACHE_KNOWN: usize = 8;
/// Bytes from which [`detect_cache`] is asked for.
pub const LARGE: usize = 1 << 20;
/// Bytes from which a copy had better pass by the cache.
pub static BYPASS: AtomicUsize = AtomicUsize::new(LARGE);

/// Finds out what the processor has; called before the first use of what is above.
#[cold]
pub extern "C" fn detect() {
    let mut features = KNOWN;
    let (mut string_copy, mut string_fill) = (usize::MAX, usize::MAX);
    let vendor = __cpuid(0);
    let basic = __cpuid(1).ecx;
    if basic & 1 << 9 != 0 {
        features |= SSSE3;
    }
    // SAFETY: OSXSAVE says that xgetbv is there.
    if basic & 1 << 28 != 0 && basic & 1 << 27 != 0 && unsafe { xgetbv() } & 6 == 6 {
        features |= AVX;
    }
    if vendor.eax >= 7 && __cpuid_count(7, 0).ebx & 1 << 9 != 0 {
        // ERMS: fast from some length on; but AMD's copy is slow wherever the destination is not aligned (measured on
        // Zen 4: five to fifteen times slower than the loop).
        (string_copy, string_fill) = (if is_amd(vendor) { usize::MAX } else { 0x1000 }, 0x800);
    }
    STRING_COPY.store(string_copy, Ordering::Relaxed);
    STRING_FILL.store(string_fill, Ordering::Relaxed);
    FEATURES.store(features, Ordering::Relaxed);
}

/// Finds out how large the cache is; called, after [`detect`], before the first copy of [`LARGE`] bytes.
#[cold]
pub extern "C" fn detect_cache() {
    BYPASS.store((last_level_cache() / 2).max(LARGE), Ordering::Relaxed);
    FEATURES.fetch_or(CACHE_KNOWN, Ordering::Relaxed);
}

/// # Safety
/// The processor must have OSXSAVE.
#[target_feature(enable = "xsave")]
unsafe fn xgetbv() -> u64 {
    // SAFETY: the caller vouches.
    unsafe { _xgetbv(0) }
}

/// Whether the vendor is "AuthenticAMD" or its licensee "HygonGenuine".
fn is_amd(vendor: CpuidResult) -> bool {
    vendor.ebx == u32::from_le_bytes(*b"Auth") || vendor.ebx == u32::from_le_bytes(*b"Hygo")
}

/// Bytes of the largest cache.
fn last_level_cache() -> usize {
    const PLENTY: usize = 4 << 20;
    // Intel lists its caches in leaf 4, AMD in leaf 0x8000001d, both in this form.
    let vendor = __cpuid(0);
    let amd = is_amd(vendor) && __cpuid(0x8000_0000).eax >= 0x8000_001d;
    let leaf = if amd { 0x8000_001d } else { 4 };
    if !amd && vendor.eax < 4 {
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

/// For tests and measurements: other thresholds than the processor's.
#[cfg(test)]
pub fn tune(string_copy: usize, string_fill: usize, bypass: usize, avx: bool) {
    detect();
    detect_cache();
    STRING_COPY.store(string_copy, Ordering::Relaxed);
    STRING_FILL.store(string_fill, Ordering::Relaxed);
    BYPASS.store(bypass, Ordering::Relaxed);
    if !avx {
        FEATURES.store(KNOWN | CACHE_KNOWN, Ordering::Relaxed);
    }
}
