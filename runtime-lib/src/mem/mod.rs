//! Copying and filling bytes: `memory.copy`, `memory.fill` and, in the standalone library, the C symbols that compiled
//! Rust calls (`memcpy` and its kin).

/// The other names that C has, and that compilers call: a jump to a function, and the code of `strlen`.
macro_rules! c_names {
    ($jump:literal, $($strlen:literal),+) => {
        #[cfg(wasmaot_standalone)]
        mod symbols {
            use core::arch::naked_asm;

            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
                naked_asm!($jump, sym super::copy)
            }

            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
                naked_asm!($jump, sym super::compare)
            }

            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            unsafe extern "C" fn strlen(string: *const u8) -> usize {
                naked_asm!($($strlen),+)
            }
        }
    };
}

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "aarch64")]
pub use aarch64::{compare, copy, fill};
#[cfg(target_arch = "riscv64")]
mod riscv64;
#[cfg(target_arch = "riscv64")]
pub use riscv64::{compare, copy, fill};
#[cfg(all(target_arch = "x86_64", not(target_os = "windows")))]
mod x86_64;
#[cfg(all(target_arch = "x86_64", not(target_os = "windows")))]
pub use x86_64::{compare, copy, fill};

#[cfg(all(target_arch = "x86_64", target_os = "windows"))]
mod x86_64_windows;
#[cfg(all(target_arch = "x86_64", target_os = "windows"))]
pub use x86_64_windows::{compare, copy, fill};

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn pattern(len: usize) -> Vec<u8> {
        (0..len as u32).map(|i| (i.wrapping_mul(0x9e37_79b9) >> 24) as u8).collect()
    }

    fn lengths() -> impl Iterator<Item = usize> {
        (0..600).chain([1023, 1024, 2047, 4095, 4096, 5000, 9000, 65536, 100_003])
    }

    fn every_variant(f: impl Fn()) {
        f();
        #[cfg(target_arch = "x86_64")]
        for avx in [false, true] {
            for bypass in [2000, usize::MAX] {
                for string in [500, usize::MAX] {
                    crate::arch::processor::tune(string, string, bypass, avx);
                    f();
                }
            }
        }
    }

    // One test, since the variants are global.
    #[test]
    fn as_std_does() {
        every_variant(|| {
            for len in lengths() {
                let steps: &[usize] = &[0, 1, 7, 16, 33, 63, 64, 100, 129, 300, 4096];
                for &step in steps {
                    copies(len, 5, 5 + step);
                    copies(len, 5 + step, 5);
                }
                copies(len, 0, len + 3);
                copies(len, len + 40, 8);
                for at in [0, 1, 13, 31] {
                    let mut ours = pattern(len + 64);
                    let mut theirs = ours.clone();
                    let result = unsafe { fill(ours.as_mut_ptr().add(at), 0xa5, len) };
                    assert_eq!(result, unsafe { ours.as_mut_ptr().add(at) });
                    theirs[at..at + len].fill(0xa5);
                    assert!(ours == theirs, "fill {len} at {at}");
                }
            }
        });
    }

    fn copies(len: usize, to: usize, from: usize) {
        let mut ours = pattern(len + to.max(from) + 70);
        let mut theirs = ours.clone();
        let base = ours.as_mut_ptr();
        let result = unsafe { copy(base.add(to), base.add(from), len) };
        assert_eq!(result, unsafe { base.add(to) });
        theirs.copy_within(from..from + len, to);
        assert!(ours == theirs, "copy {len} from {from} to {to}");
    }

    #[test]
    fn compares_as_std_does() {
        for len in 0..70 {
            let a = pattern(len);
            assert_eq!(unsafe { compare(a.as_ptr(), a.clone().as_ptr(), len) }, 0);
            for at in 0..len {
                let mut b = a.clone();
                b[at] = b[at].wrapping_add(77);
                let ours = unsafe { compare(a.as_ptr(), b.as_ptr(), len) };
                assert_eq!(ours.signum(), a.cmp(&b) as i32);
            }
        }
    }

    unsafe extern "C" {
        fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8;
        fn memset(to: *mut u8, value: i32, len: usize) -> *mut u8;
    }

    /// Prints nanoseconds per call beside the C library's:
    /// `cargo test --release -p wasmaot-runtime -- --ignored --nocapture beside_libc`.
    #[test]
    #[ignore = "a measurement"]
    fn beside_libc() {
        let most = 64 << 20;
        let (mut to, from) = (vec![1u8; most + 4096], vec![2u8; most + 4096]);
        // Different places in their pages, as the processor compares the low bits of addresses only.
        let (to, from) = (to.as_mut_ptr(), unsafe { from.as_ptr().add(2048 + 320) });
        let time = |f: &dyn Fn(usize), len: usize| {
            let times = (50_000_000 / len).clamp(3, 500_000);
            let round = |_| {
                let start = Instant::now();
                (0..times).for_each(|i| f(i * 40 % 2048 / 8));
                start.elapsed().as_nanos() as f64 / times as f64
            };
            (0..7).map(round).fold(f64::MAX, f64::min)
        };
        println!(
            "{:>10} {:>11} {:>11} {:>6} {:>11} {:>11} {:>6}",
            "bytes", "copy", "memmove", "", "fill", "memset", ""
        );
        for len in
            [8, 16, 24, 48, 64, 100, 128, 200, 256, 384, 512, 1 << 10, 1 << 11, 3 << 10, 1 << 12, 6 << 10, 1 << 13]
                .into_iter()
                .chain((14..27).map(|log| 1 << log))
        {
            let copies = [
                time(&|at| _ = unsafe { copy(to.add(at), from.add(at / 3), len) }, len),
                time(&|at| _ = unsafe { memmove(to.add(at), from.add(at / 3), len) }, len),
                time(&|at| _ = unsafe { fill(to.add(at), 3, len) }, len),
                time(&|at| _ = unsafe { memset(to.add(at), 3, len) }, len),
            ];
            let [a, b, c, d] = copies;
            println!("{len:>10} {a:>11.1} {b:>11.1} {:>6.2} {c:>11.1} {d:>11.1} {:>6.2}", a / b, c / d);
        }
    }
}
