//! The table of targets. It names nothing else of this crate, because cli's build script includes this file too.

/// One row of [`TARGETS`].
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Short name, as users write it.
    pub name: &'static str,
    /// Triple for Cranelift and the object writer.
    pub triple: &'static str,
    /// `rustup target add` name of the runtime's build.
    pub rust_triple: &'static str,
    /// Flags of rustc for the runtime's build.
    pub rust_flags: &'static [&'static str],
    /// What its programs were tested on, for people.
    pub tested: &'static str,
    /// Bytes of the largest page that the target's kernels are built with: segments and images are aligned to it.
    pub page_size: u64,
    /// Cranelift settings of every processor of the target, over Cranelift's own baseline.
    pub baseline: &'static [&'static str],
    /// What `--cpu` calls a level, and the Cranelift settings that it adds to the baseline.
    pub levels: &'static [(&'static str, &'static [&'static str])],
}

/// Every target by name.
pub const TARGETS: &[Row] = &[
    Row {
        name: "x86_64-linux",
        triple: "x86_64-unknown-linux-gnu",
        rust_triple: "x86_64-unknown-linux-gnu",
        rust_flags: &[],
        tested: "Linux",
        page_size: 0x1000,
        baseline: &[],
        levels: X86_64_LEVELS,
    },
    Row {
        name: "aarch64-linux",
        triple: "aarch64-unknown-linux-gnu",
        rust_triple: "aarch64-unknown-linux-gnu",
        // Functions that look whether there is LSE would ask libc.
        rust_flags: &["-Ctarget-feature=-outline-atomics"],
        tested: "qemu-aarch64",
        page_size: 0x1_0000,
        baseline: &[],
        levels: AARCH64_LEVELS,
    },
    Row {
        name: "riscv64-linux",
        triple: "riscv64gc-unknown-linux-gnu",
        rust_triple: "riscv64gc-unknown-linux-gnu",
        rust_flags: &[],
        tested: "qemu-riscv64, with and without V",
        page_size: 0x1000,
        baseline: RV64GC,
        levels: RISCV64_LEVELS,
    },
    Row {
        name: "aarch64-macos",
        triple: "aarch64-apple-darwin",
        rust_triple: "aarch64-apple-darwin",
        rust_flags: &[],
        tested: "no Mac; Linux, with a stand-in for libSystem",
        page_size: 0x4000,
        baseline: &["has_lse"],
        levels: AARCH64_LEVELS,
    },
    Row {
        name: "x86_64-macos",
        triple: "x86_64-apple-darwin",
        rust_triple: "x86_64-apple-darwin",
        rust_flags: &[],
        tested: "no Mac; Linux, with a stand-in for libSystem",
        page_size: 0x1000,
        baseline: &[],
        levels: X86_64_LEVELS,
    },
    Row {
        name: "x86_64-windows",
        triple: "x86_64-pc-windows-gnu",
        rust_triple: "x86_64-pc-windows-gnu",
        rust_flags: &[],
        page_size: 0x1000,
        baseline: &[],
        levels: X86_64_LEVELS,
        tested: "Wine 8",
    },
    Row {
        name: "aarch64-windows",
        triple: "aarch64-pc-windows-gnullvm",
        rust_triple: "aarch64-pc-windows-gnullvm",
        rust_flags: &[],
        page_size: 0x1000,
        baseline: &[],
        levels: AARCH64_LEVELS,
        tested: "objects only, read back",
    },
];

/// Levels of the System V ABI.
const X86_64_LEVELS: &[(&str, &[&str])] = &[
    ("x86-64", &[]),
    ("x86-64-v2", &["has_cmpxchg16b", "has_popcnt", "has_sse3", "has_ssse3", "has_sse41", "has_sse42"]),
    (
        "x86-64-v3",
        &[
            "has_cmpxchg16b",
            "has_popcnt",
            "has_sse3",
            "has_ssse3",
            "has_sse41",
            "has_sse42",
            "has_avx",
            "has_avx2",
            "has_bmi1",
            "has_bmi2",
            "has_fma",
            "has_lzcnt",
        ],
    ),
];

/// Versions of the architecture, with what they demand of a processor.
const AARCH64_LEVELS: &[(&str, &[&str])] =
    &[("armv8-a", &[]), ("armv8.1-a", &["has_lse"]), ("armv8.4-a", &["has_lse", "has_dotprod"])];

/// The letter C of rv64gc; Cranelift takes the others for granted.
const RV64GC: &[&str] = &["has_zca", "has_zcd"];

/// Profiles of RISC-V International, with what they demand of a processor.
const RISCV64_LEVELS: &[(&str, &[&str])] = &[
    ("rv64gc", &[]),
    ("rva22u64", &["has_zba", "has_zbb", "has_zbs", "has_zfhmin"]),
    (
        "rva23u64",
        &[
            "has_zba",
            "has_zbb",
            "has_zbs",
            "has_zfhmin",
            "has_zicond",
            "has_zcb",
            "has_zfa",
            "has_v",
            "has_zvl128b",
            "has_zvbb",
        ],
    ),
];
