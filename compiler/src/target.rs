//! Targets: names, triples, and the Cranelift settings of each.

use crate::error::{Error, Result};
use crate::options::OptLevel;
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use std::str::FromStr;
use target_lexicon::Triple;

pub use crate::targets::{Row, TARGETS};

/// What to compile for: a row, and the processor features over its baseline.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name, as in [`TARGETS`].
    pub name: &'static str,
    /// The triple.
    pub triple: Triple,
    /// Cranelift settings of `--cpu`: name and value.
    pub cpu: Vec<(String, bool)>,
}

/// Processor levels of x86-64 (System V ABI, micro-architecture levels), as Cranelift settings.
const X86_64_V2: &[&str] = &["has_cmpxchg16b", "has_popcnt", "has_sse3", "has_ssse3", "has_sse41", "has_sse42"];
const X86_64_V3: &[&str] = &["has_avx", "has_avx2", "has_bmi1", "has_bmi2", "has_fma", "has_lzcnt"];

impl Target {
    /// The target of this name or triple, with its baseline processor. The error suggests the nearest names.
    pub fn parse(name: &str) -> Result<Target> {
        let row = TARGETS.iter().find(|row| row.name == name || row.triple == name || row.rust_triple == name);
        let Some(row) = row else {
            let known = TARGETS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
            return Err(Error::unsupported(format!("unknown target {name:?}; known: {known}")));
        };
        let triple = Triple::from_str(row.triple).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Target { name: row.name, triple, cpu: Vec::new() })
    }

    /// Applies `--cpu`: `baseline`, `native` (resolved by the caller to features, which it passes), a level, or
    /// `+feature`/`-feature`, comma-separated, in order.
    pub fn set_cpu(&mut self, spec: &str, native: impl Fn() -> Vec<(String, bool)>) -> Result<()> {
        for item in spec.split(',').filter(|item| !item.is_empty()) {
            match item {
                "baseline" | "x86-64" => self.cpu.clear(),
                "native" => self.cpu.extend(native()),
                "x86-64-v2" => self.cpu.extend(X86_64_V2.iter().map(|name| (name.to_string(), true))),
                "x86-64-v3" => {
                    self.cpu.extend(X86_64_V2.iter().chain(X86_64_V3).map(|name| (name.to_string(), true)));
                }
                _ => {
                    let (on, name) = match item.split_at(1) {
                        ("+", name) => (true, name),
                        ("-", name) => (false, name),
                        _ => return Err(Error::input(format!("--cpu: {item:?} is no processor of {}", self.name))),
                    };
                    self.cpu.push((format!("has_{}", name.replace(['.', '-'], "")), on));
                }
            }
        }
        self.isa(OptLevel::O2, false).map(|_| ())
    }

    /// The code generator for this target.
    pub fn isa(&self, opt_level: OptLevel, verify: bool) -> Result<OwnedTargetIsa> {
        let mut flags = settings::builder();
        let opt = match opt_level {
            OptLevel::O0 => "none",
            OptLevel::O1 => "none",
            OptLevel::O2 => "speed",
            OptLevel::Os => "speed_and_size",
        };
        let set = |flags: &mut settings::Builder, name: &str, value: &str| {
            flags.set(name, value).map_err(|error| Error::internal(format!("setting {name}: {error}")))
        };
        set(&mut flags, "opt_level", opt)?;
        set(&mut flags, "regalloc_algorithm", if opt_level == OptLevel::O0 { "single_pass" } else { "backtracking" })?;
        set(&mut flags, "is_pic", "true")?;
        set(&mut flags, "use_colocated_libcalls", "true")?;
        set(&mut flags, "enable_verifier", if verify { "true" } else { "false" })?;
        set(&mut flags, "enable_probestack", "true")?;
        set(&mut flags, "probestack_strategy", "inline")?;
        set(&mut flags, "probestack_size_log2", "16")?;
        set(&mut flags, "preserve_frame_pointers", "true")?;
        set(&mut flags, "unwind_info", "true")?;
        // Results beyond what registers hold go through memory of the caller.
        set(&mut flags, "enable_multi_ret_implicit_sret", "true")?;
        set(&mut flags, "enable_heap_access_spectre_mitigation", "false")?;
        set(&mut flags, "enable_table_access_spectre_mitigation", "false")?;
        let mut builder = isa::lookup(self.triple.clone()).map_err(|error| Error::unsupported(error.to_string()))?;
        for (name, on) in &self.cpu {
            builder.set(name, if *on { "true" } else { "false" }).map_err(|_| {
                let name = name.trim_start_matches("has_");
                Error::input(format!("--cpu: {} has no feature {name:?}", self.name))
            })?;
        }
        builder.finish(settings::Flags::new(flags)).map_err(|error| Error::input(format!("--cpu: {error}")))
    }
}
