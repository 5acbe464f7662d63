//! Proposals: which the validator accepts, under which names users switch them, and which room has them.

use wasmparser::WasmFeatures;

/// One proposal.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Name for `--enable`, `--disable` and messages.
    pub name: &'static str,
    /// The validator's flag.
    pub flag: WasmFeatures,
    /// Whether it can be compiled; if not, modules that use it are refused.
    pub supported: bool,
    /// On unless switched off.
    pub default: bool,
    /// The rooms that implement it.
    pub room: &'static str,
}

const fn row(name: &'static str, flag: WasmFeatures, room: &'static str) -> Row {
    Row { name, flag, supported: true, default: true, room }
}

const fn later(name: &'static str, flag: WasmFeatures) -> Row {
    Row { name, flag, supported: false, default: false, room: "" }
}

/// Every proposal this compiler knows of.
pub const FEATURES: &[Row] = &[
    row("mutable-globals", WasmFeatures::MUTABLE_GLOBAL, "translate/global"),
    row("saturating-conversions", WasmFeatures::SATURATING_FLOAT_TO_INT, "translate/numeric"),
    row("sign-extension", WasmFeatures::SIGN_EXTENSION, "translate/numeric"),
    row("multi-value", WasmFeatures::MULTI_VALUE, "translate/control"),
    row("reference-types", WasmFeatures::REFERENCE_TYPES, "translate/refs"),
    row("bulk-memory", WasmFeatures::BULK_MEMORY, "translate/memory"),
    row("simd", WasmFeatures::SIMD, "translate/simd"),
    row("relaxed-simd", WasmFeatures::RELAXED_SIMD, "translate/simd"),
    row("tail-call", WasmFeatures::TAIL_CALL, "translate/call"),
    row("multi-memory", WasmFeatures::MULTI_MEMORY, "translate/memory"),
    row("memory64", WasmFeatures::MEMORY64, "translate/bounds"),
    row("extended-const", WasmFeatures::EXTENDED_CONST, "translate/constant"),
    row("custom-page-sizes", WasmFeatures::CUSTOM_PAGE_SIZES, "translate/bounds"),
    row("wide-arithmetic", WasmFeatures::WIDE_ARITHMETIC, "translate/numeric"),
    row("function-references", WasmFeatures::FUNCTION_REFERENCES, "translate/refs"),
    later("exceptions", WasmFeatures::EXCEPTIONS),
    later("legacy-exceptions", WasmFeatures::LEGACY_EXCEPTIONS),
    later("gc", WasmFeatures::GC),
    later("threads", WasmFeatures::THREADS),
    later("shared-everything-threads", WasmFeatures::SHARED_EVERYTHING_THREADS),
    later("stack-switching", WasmFeatures::STACK_SWITCHING),
    later("memory-control", WasmFeatures::MEMORY_CONTROL),
    later("custom-descriptors", WasmFeatures::CUSTOM_DESCRIPTORS),
    later("component-model", WasmFeatures::COMPONENT_MODEL),
];

/// The proposals that are on for a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    on: WasmFeatures,
}

impl Default for Features {
    fn default() -> Features {
        let mut on = WasmFeatures::FLOATS | WasmFeatures::GC_TYPES;
        for row in FEATURES.iter().filter(|row| row.default) {
            on.insert(row.flag);
        }
        Features { on }
    }
}

impl Features {
    /// The row of this name.
    pub fn find(name: &str) -> Option<&'static Row> {
        FEATURES.iter().find(|row| row.name == name)
    }

    /// Switches a proposal.
    pub fn set(&mut self, row: &Row, on: bool) {
        self.on.set(row.flag, on);
    }

    /// Flags for the validator.
    pub fn wasm_features(&self) -> WasmFeatures {
        self.on
    }
}
