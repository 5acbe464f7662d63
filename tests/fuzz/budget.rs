//! How long a target runs and with which seeds: the environment variables that docs/testing.md describes.

use crate::random::Random;
use std::time::{Duration, Instant};

/// What bounds a target.
#[derive(Clone)]
pub struct Budget {
    seed: u64,
    time: Duration,
    cases: u64,
    only: Option<u64>,
}

impl Budget {
    /// Reads `FUZZ_SEED` (1), `FUZZ_SECONDS` (30), `FUZZ_CASES` (no limit) and `FUZZ_CASE` (the seed of one case).
    pub fn read() -> Result<Budget, String> {
        let number = |name: &str, default: Option<u64>| match std::env::var(name) {
            Ok(text) => {
                let parsed = match text.strip_prefix("0x") {
                    Some(digits) => u64::from_str_radix(digits, 16),
                    None => text.parse(),
                };
                parsed.map(Some).map_err(|_| format!("{name}={text} is no number"))
            }
            Err(_) => Ok(default),
        };
        let cases = number("FUZZ_CASES", None)?;
        // Who gives a number of cases wants all of them.
        let seconds = number("FUZZ_SECONDS", Some(if cases.is_some() { 86400 } else { 30 }))?;
        Ok(Budget {
            seed: number("FUZZ_SEED", None)?.unwrap_or(1),
            time: Duration::from_secs(seconds.unwrap_or_default()),
            cases: cases.unwrap_or(u64::MAX),
            only: number("FUZZ_CASE", None)?,
        })
    }

    /// Seeds of cases until the budget is spent.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let (budget, start) = (self.clone(), Instant::now());
        (0..self.cases)
            .map(move |case| budget.only.unwrap_or_else(|| Random::new(budget.seed ^ (case << 32)).next()))
            .take(if self.only.is_some() { 1 } else { usize::MAX })
            .take_while({
                let (time, only) = (self.time, self.only.is_some());
                move |_| only || start.elapsed() < time
            })
    }

    /// The seed that all others come from.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}
