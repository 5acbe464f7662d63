//! What a target found: one story per kind of failure, and the input of each in a file.

use std::collections::BTreeSet;
use std::path::PathBuf;
use wasmaot_tests::report::Outcome;
use wasmaot_tests::tools;

/// Most stories that are told.
const MOST: usize = 20;

/// Failures of a target.
pub struct Findings {
    target: &'static str,
    seen: BTreeSet<String>,
    stories: Vec<String>,
    more: usize,
}

impl Findings {
    /// None yet.
    pub fn new(target: &'static str) -> Findings {
        let _ = std::fs::create_dir_all(folder());
        Findings { target, seen: BTreeSet::new(), stories: Vec::new(), more: 0 }
    }

    /// Leaves the input in a file in case the process dies over it.
    pub fn working_on(&self, seed: u64, input: &[u8]) {
        let path = folder().join(format!("{}-current", self.target));
        let _ = std::fs::write(path.with_extension("wasm"), input);
        let _ = std::fs::write(path.with_extension("seed"), format!("{seed:#x}\n"));
    }

    /// A case that failed.
    pub fn add(&mut self, seed: u64, inputs: &[(String, Vec<u8>)], why: &str) {
        // Numbers differ between cases of one kind, and hide what is of one kind in answers.
        let kind: String = match why.contains("wasmtime: ") {
            true => why.to_owned(),
            false => why.split(": ").skip(1).flat_map(str::chars).filter(|c| !c.is_ascii_digit()).take(80).collect(),
        };
        if self.stories.len() >= MOST || !self.seen.insert(kind) {
            self.more += 1;
            return;
        }
        let mut story = format!("FUZZ_CASE={seed:#x}: {why}");
        for (name, input) in inputs {
            let extension = if input.starts_with(b"\0asm") { "wasm" } else { "wat" };
            let path = folder().join(format!("{}-{seed:016x}-{name}.{extension}", self.target));
            story += &match std::fs::write(&path, input) {
                Ok(()) => format!("\n  {}", path.display()),
                Err(error) => format!("\n  {}: {error}", path.display()),
            };
        }
        println!("fuzz {}: {story}", self.target);
        self.stories.push(story);
    }

    /// How the target ended.
    pub fn outcome(self) -> Outcome {
        let _ = std::fs::remove_file(folder().join(format!("{}-current.wasm", self.target)));
        let _ = std::fs::remove_file(folder().join(format!("{}-current.seed", self.target)));
        if self.stories.is_empty() {
            return Outcome::Passed;
        }
        Outcome::Failed(format!("{}\nand {} more", self.stories.join("\n"), self.more))
    }
}

/// Where failing inputs are kept.
pub fn folder() -> PathBuf {
    tools::root().join("target").join("fuzz")
}
