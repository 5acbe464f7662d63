//! wasmtime judges a .wast file of many scripts, one behind the other: it stops at the first assertion that does not
//! hold, whose line says which script that was; the rest is asked again.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use wasmaot_tests::process::finish;
use wasmaot_tests::tools;

/// What the validator accepts, and a stack as large as that of a thread; no optimisation, which makes it both quick and
/// more different from what it judges.
const FLAGS: &[&str] = &["-W", "all-proposals=y", "-W", "max-wasm-stack=4194304", "-O", "opt-level=0"];

/// How long wasmtime may take for a batch, and for a script of one that takes longer.
const LIMIT: Duration = Duration::from_secs(120);

/// What wasmtime says of a script.
pub enum Verdict {
    /// Every assertion holds.
    Holds,
    /// It ran out of something, or of time.
    Exhausted,
    /// What does not hold.
    Fails(String),
}

/// wasmtime.
pub struct Oracle {
    program: PathBuf,
}

impl Oracle {
    /// The one that `tests/setup.sh` installed; the error says so where it has not.
    pub fn find() -> Result<Oracle, String> {
        tools::tool("wasmtime").map(|program| Oracle { program })
    }

    /// Judges scripts in the order given; `file` is written for it.
    pub fn judge(&self, scripts: &[&str], file: &Path) -> Result<Vec<Verdict>, String> {
        let mut verdicts = Vec::new();
        while verdicts.len() < scripts.len() {
            let rest = &scripts[verdicts.len()..];
            std::fs::write(file, rest.concat()).map_err(|error| format!("{}: {error}", file.display()))?;
            let mut command = Command::new(&self.program);
            // With backtraces, each failing memory.grow walks the stack.
            command.arg("wast").args(FLAGS).arg(file).env("RUST_BACKTRACE", "0").env("RUST_LIB_BACKTRACE", "0");
            let finished = match finish(&mut command, b"", LIMIT) {
                Err(why) if why.contains("still ran") => {
                    if let [_] = rest {
                        verdicts.push(Verdict::Exhausted);
                    } else {
                        for script in rest {
                            verdicts.extend(self.judge(&[script], file)?);
                        }
                    }
                    continue;
                }
                finished => finished?,
            };
            if finished.status == 0 {
                verdicts.extend(rest.iter().map(|_| Verdict::Holds));
                break;
            }
            let said = String::from_utf8_lossy(&finished.stderr);
            let Some(line) = line(&said, file) else {
                return Err(format!("wasmtime wast ended with {}: {}", finished.status, finished.complaint()));
            };
            let mut end = 0;
            let failed = rest.iter().position(|script| {
                end += script.lines().count();
                line <= end
            });
            let failed = failed.ok_or_else(|| format!("wasmtime names line {line} of {end}"))?;
            verdicts.extend(rest[..failed].iter().map(|_| Verdict::Holds));
            let exhausted =
                ["call stack exhausted", "memory allocation", "exceeds memory limits", "failed to allocate"];
            verdicts.push(if exhausted.iter().any(|words| said.contains(words)) {
                Verdict::Exhausted
            } else {
                let start: usize = rest[..failed].iter().map(|script| script.lines().count()).sum();
                let assertion = rest[failed].lines().nth(line - 1 - start).unwrap_or_default();
                let assertion: String = assertion.chars().take(300).collect();
                Verdict::Fails(format!("{}\n  we say: {assertion}", said.trim()))
            });
        }
        Ok(verdicts)
    }
}

/// The line that an error of wasmtime is about.
fn line(said: &str, file: &Path) -> Option<usize> {
    let name = file.file_name()?.to_str()?;
    let (_, after) = said.split_once(&format!("directive on {}:", file.display())).or_else(|| {
        said.split('\n').find(|line| line.contains("directive")).and_then(|line| line.split_once(&format!("{name}:")))
    })?;
    after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
