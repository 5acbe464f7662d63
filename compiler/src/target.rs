//! Targets: names, triples, and the Cranelift settings of each.

use crate::error::{Error, Result};
use crate::options::OptLevel;
use cranelift_codegen::isa::{self, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable, SettingKind};
use std::str::FromStr;
use target_lexicon::{Architecture, OperatingSystem, Triple};

pub use crate::targets::{Row, TARGETS};
pub use target_lexicon::BinaryFormat;

/// What to compile for: a row, and the processor features over its baseline.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name, as in [`TARGETS`].
    pub name: &'static str,
    /// The triple.
    pub triple: Triple,
    /// Cranelift settings of `--cpu`: name and value.
    pub cpu: Vec<(String, bool)>,
    /// Do without vector registers though there are some (tests).
    pub scalar_vectors: bool,
}

impl Target {
    /// The target of this name or triple, with its baseline processor. The error suggests the nearest names.
    pub fn parse(name: &str) -> Result<Target> {
        let row = TARGETS.iter().find(|row| row.name == name || row.triple == name || row.rust_triple == name);
        let Some(row) = row else {
            let known = TARGETS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
            return Err(Error::unsupported(format!("unknown target {name:?}; known: {known}")));
        };
        let triple = Triple::from_str(row.triple).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Target { name: row.name, triple, cpu: Vec::new(), scalar_vectors: false })
    }

    /// The target's row of [`TARGETS`].
    pub fn row(&self) -> Result<&'static Row> {
        let row = TARGETS.iter().find(|row| row.name == self.name);
        row.ok_or_else(|| Error::internal(format!("no target {}", self.name)))
    }

    /// Applies `--cpu`: `baseline`, `native` (resolved by the caller to features, which it passes), a level of the
    /// target, or `+feature`/`-feature`, comma-separated, in order.
    pub fn set_cpu(&mut self, spec: &str, native: impl Fn() -> Vec<(String, bool)>) -> Result<()> {
        let row = self.row()?;
        for item in spec.split(',').filter(|item| !item.is_empty()) {
            if let Some(name) = item.strip_prefix('+') {
                self.push_feature(name, true)?;
            } else if let Some(name) = item.strip_prefix('-') {
                self.push_feature(name, false)?;
            } else if item == "baseline" {
                self.cpu.clear();
            } else if item == "native" {
                self.cpu.extend(native());
            } else if let Some((_, settings)) = row.levels.iter().find(|(name, _)| *name == item) {
                if settings.is_empty() {
                    self.cpu.clear();
                }
                self.cpu.extend(settings.iter().map(|name| (name.to_string(), true)));
            } else {
                let levels = row.levels.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                return Err(Error::input(format!(
                    "--cpu: {item:?} is no processor of {}; known: baseline, native, {levels}, +FEATURE, -FEATURE",
                    self.name
                )));
            }
        }
        self.isa(OptLevel::O2, false, false, false).map(|_| ())
    }

    /// Whether the code generator may use what a Cranelift setting stands for.
    pub fn has(&self, setting: &str) -> Result<bool> {
        let chosen = self.cpu.iter().rev().find(|(name, _)| name == setting).map(|(_, on)| *on);
        Ok(chosen.unwrap_or(self.row()?.baseline.contains(&setting)))
    }

    /// Adds the settings that a feature of `--cpu` stands for.
    fn push_feature(&mut self, name: &str, on: bool) -> Result<()> {
        let builder = self.isa_builder()?;
        let known =
            |setting: &str| builder.iter().any(|known| known.name == setting && known.kind == SettingKind::Bool);
        let plain = name.replace(['.', '-'], "");
        let settings = match (plain.as_str(), known("has_zca")) {
            ("c", true) => vec!["has_zca".to_owned(), "has_zcd".to_owned()],
            _ => vec![format!("has_{plain}")],
        };
        if !settings.iter().all(|setting| known(setting)) {
            let mut names: Vec<_> = builder.iter().filter_map(|setting| setting.name.strip_prefix("has_")).collect();
            names.sort_unstable();
            let names = names.join(", ");
            return Err(Error::input(format!("--cpu: {} has no feature {name:?}; known: {names}", self.name)));
        }
        self.cpu.extend(settings.into_iter().map(|setting| (setting, on)));
        Ok(())
    }

    /// Cranelift's builder for the instruction set, without settings.
    fn isa_builder(&self) -> Result<isa::Builder> {
        isa::lookup(self.triple.clone()).map_err(|error| Error::unsupported(error.to_string()))
    }

    /// Whether wasm functions with at most one result and no vectors follow C's convention, so that C can call them: not
    /// on Windows, where they follow another, nor on RISC-V, where C extends 32-bit results.
    pub fn has_c_convention(&self) -> bool {
        self.triple.operating_system != OperatingSystem::Windows
            && !matches!(self.triple.architecture, Architecture::Riscv64(_))
    }

    /// Whether a function can have a register of its own for the instance. Cranelift knows none on RISC-V; on AArch64 there are
    /// registers enough; Windows could not be told where the caller's value is.
    pub fn can_pin(&self) -> bool {
        self.triple.operating_system == OperatingSystem::Linux && self.triple.architecture == Architecture::X86_64
    }

    /// Whether 128-bit values live in vector registers. Cranelift's riscv64 has no other way to lower vector instructions.
    pub fn has_vectors(&self, isa: &dyn TargetIsa) -> bool {
        match self.triple.architecture {
            _ if self.scalar_vectors => false,
            Architecture::Riscv64(_) => {
                isa.isa_flags().iter().any(|flag| flag.name == "has_v" && flag.as_bool() == Some(true))
            }
            _ => true,
        }
    }

    /// The code generator for this target; `debug` does not change the code.
    pub fn isa(&self, opt_level: OptLevel, verify: bool, pinned: bool, debug: bool) -> Result<OwnedTargetIsa> {
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
        set(&mut flags, "enable_pinned_reg", if pinned { "true" } else { "false" })?;
        set(&mut flags, "use_colocated_libcalls", "true")?;
        set(&mut flags, "enable_verifier", if verify { "true" } else { "false" })?;
        set(&mut flags, "enable_probestack", "true")?;
        set(&mut flags, "probestack_strategy", "inline")?;
        // Below the stack of a thread is a guard of one page, which on Windows moves as the stack grows.
        set(&mut flags, "probestack_size_log2", "12")?;
        set(&mut flags, "preserve_frame_pointers", "true")?;
        set(&mut flags, "unwind_info", "true")?;
        // Basic blocks: loops decide where a function begins, jump tables are recognised by what they point at, and debug
        // information must know.
        let blocks = opt_level == OptLevel::O2 || debug || matches!(self.triple.architecture, Architecture::Aarch64(_));
        set(&mut flags, "machine_code_cfg_info", if blocks { "true" } else { "false" })?;
        // Results beyond what registers hold go through memory of the caller.
        set(&mut flags, "enable_multi_ret_implicit_sret", "true")?;
        set(&mut flags, "enable_heap_access_spectre_mitigation", "false")?;
        set(&mut flags, "enable_table_access_spectre_mitigation", "false")?;
        if self.scalar_vectors {
            // i128 in signatures, which x86-64 has by no other name.
            set(&mut flags, "enable_llvm_abi_extensions", "true")?;
        }
        let mut builder = self.isa_builder()?;
        let baseline = self.row()?.baseline.iter().map(|name| (*name, true));
        for (name, on) in baseline.chain(self.cpu.iter().map(|(name, on)| (name.as_str(), *on))) {
            builder.set(name, if on { "true" } else { "false" }).map_err(|_| {
                let name = name.trim_start_matches("has_");
                Error::input(format!("--cpu: {} has no feature {name:?}", self.name))
            })?;
        }
        builder.finish(settings::Flags::new(flags)).map_err(|error| Error::input(format!("--cpu: {error}")))
    }
}
