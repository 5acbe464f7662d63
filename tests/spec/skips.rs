//! `skips.txt`: assertions that are not expected to hold, each with its reason.

use std::collections::HashSet;

/// The skips by file.
pub struct Skips<'a> {
    lines: HashSet<(&'a str, usize)>,
    files: HashSet<&'a str>,
}

impl<'a> Skips<'a> {
    /// Reads lines of the form `folder/file.wast:12,34 reason` or `folder/file.wast reason`; the place may end in
    /// `@TARGET`, if only programs of that target fail.
    pub fn read(text: &'a str, target: &str) -> Result<Skips<'a>, String> {
        let mut skips = Skips { lines: HashSet::new(), files: HashSet::new() };
        for entry in text.lines().map(str::trim).filter(|entry| !entry.is_empty() && !entry.starts_with('#')) {
            let (place, reason) = entry.split_once(' ').unwrap_or((entry, ""));
            if reason.trim().is_empty() {
                return Err(format!("skips.txt: {place} has no reason"));
            }
            let (place, only) = place.split_once('@').unwrap_or((place, target));
            if only != target {
                continue;
            }
            match place.split_once(':') {
                Some((file, lines)) => {
                    for line in lines.split(',') {
                        let line = line.parse().map_err(|_| format!("skips.txt: {place}: {line:?} is no line"))?;
                        skips.lines.insert((file, line));
                    }
                }
                None => {
                    skips.files.insert(place);
                }
            }
        }
        Ok(skips)
    }

    /// Whether the assertion in this line of a file is skipped.
    pub fn has(&self, file: &str, line: usize) -> bool {
        self.files.contains(file) || self.lines.contains(&(file, line))
    }
}
