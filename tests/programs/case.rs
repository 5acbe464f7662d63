//! The data files of this suite: `NAME.test`, one test each.
//!
//! ```text
//! # Lines of comment.
//! module: sqlite3.wasm             in .cache/programs
//! args: -batch '/a b.db'           one line per run, in the same folder; single quotes group (no line: one run, no arguments)
//! env: KEY=VALUE                   any number
//! dir: /                           the guest's name of the test's own, fresh folder (no line: nothing granted)
//! copy: testinput1                 a file of .cache/programs put into that folder
//! generate: big.txt 100000         a file of that many bytes of words, always the same
//! exit: 1                          what the last run ends with (default 0)
//! mask: seconds                    numbers like 1.234s and 1.234 compare equal on standard output
//! timeout: 300                     seconds for each run (default 60)
//! grants: start                    give --dir and --env at start (WASMAOT_DIR, WASMAOT_ENV), not at compile time
//! variant: register --memory-base=register    once more with these flags of `wasmaot compile`, as NAME[register]
//! --- stdin
//! text up to the next line with ---
//! --- file script.lua
//! a file put into the folder
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// Everything that is compared, in one printable map: `status`, `stdout`, `file NAME`.
pub type Answer = BTreeMap<String, Vec<u8>>;

/// One data file.
pub struct Case {
    /// The file's name without its extension.
    pub name: String,
    /// File name of the module in the cache's `programs`.
    pub module: String,
    /// The runs' arguments.
    pub runs: Vec<Vec<String>>,
    /// Environment of the guest.
    pub env: Vec<String>,
    /// Guest path of the test's folder.
    pub dir: Option<String>,
    /// Files of the cache's `programs` to put into the folder.
    pub copies: Vec<String>,
    /// Files of words to make: name and length in bytes.
    pub generated: Vec<(String, usize)>,
    /// Files with contents.
    pub files: Vec<(String, String)>,
    /// Standard input of every run.
    pub stdin: String,
    /// Exit status of the last run.
    pub exit: i32,
    /// Whether decimal fractions on standard output are timings.
    pub mask_seconds: bool,
    /// Limit of one run.
    pub timeout: u64,
    /// Whether grants are given through the environment.
    pub grants_at_start: bool,
    /// Name and compile flags of each further variant.
    pub variants: Vec<(String, Vec<String>)>,
    /// What wasmtime answers: asked for once, by whichever variant comes first.
    pub oracle: OnceLock<Result<Answer, String>>,
}

/// Reads a data file.
pub fn read(path: &Path) -> Result<Case, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut case = Case {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        module: String::new(),
        runs: Vec::new(),
        env: Vec::new(),
        dir: None,
        copies: Vec::new(),
        generated: Vec::new(),
        files: Vec::new(),
        stdin: String::new(),
        exit: 0,
        mask_seconds: false,
        timeout: 60,
        grants_at_start: false,
        variants: Vec::new(),
        oracle: OnceLock::new(),
    };
    let (head, sections) = match text.find("\n--- ") {
        Some(at) => text.split_at(at + 1),
        None => (text.as_str(), ""),
    };
    for line in head.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (key, value) = line.split_once(':').ok_or_else(|| format!("not `key: value`: {line}"))?;
        let value = value.trim();
        let number = || value.parse().map_err(|_| format!("not a number: {line}"));
        match key {
            "module" => case.module = value.to_string(),
            "args" => case.runs.push(words(value)),
            "env" => case.env.push(value.to_string()),
            "dir" => case.dir = Some(value.to_string()),
            "copy" => case.copies.push(value.to_string()),
            "generate" => {
                let (name, len) = value.split_once(' ').ok_or("generate: NAME BYTES")?;
                let len = len.trim().parse().map_err(|_| format!("not a number: {line}"))?;
                case.generated.push((name.to_string(), len));
            }
            "exit" => case.exit = number()?,
            "timeout" => case.timeout = number()? as u64,
            "mask" if value == "seconds" => case.mask_seconds = true,
            "grants" if value == "start" => case.grants_at_start = true,
            "variant" => {
                let mut flags = words(value).into_iter();
                case.variants.push((flags.next().unwrap_or_default(), flags.collect()));
            }
            _ => return Err(format!("unknown line: {line}")),
        }
    }
    for section in sections.split("--- ").skip(1).filter(|s| !s.is_empty()) {
        let (title, body) = section.split_once('\n').unwrap_or((section, ""));
        match title.trim().split_once(' ') {
            None if title.trim() == "stdin" => case.stdin = body.to_string(),
            Some(("file", name)) => case.files.push((name.trim().to_string(), body.to_string())),
            _ => return Err(format!("unknown section: {title}")),
        }
    }
    if case.runs.is_empty() {
        case.runs.push(Vec::new());
    }
    if case.module.is_empty() {
        return Err("no module".to_string());
    }
    Ok(case)
}

/// Splits at spaces; single quotes group.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

impl Case {
    /// Lays the test's folder anew at `path`.
    pub fn lay_folder(&self, path: &Path, programs: &Path) -> Result<(), String> {
        let show = |error: std::io::Error| format!("{}: {error}", path.display());
        drop(std::fs::remove_dir_all(path));
        std::fs::create_dir_all(path).map_err(show)?;
        for name in &self.copies {
            std::fs::copy(programs.join(name), path.join(name)).map_err(|error| format!("{name}: {error}"))?;
        }
        let generated = self.generated.iter().map(|(name, len)| (name, generate(*len)));
        let written = self.files.iter().map(|(name, text)| (name, text.clone().into_bytes()));
        for (name, bytes) in generated.chain(written) {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().unwrap_or(path)).map_err(show)?;
            std::fs::write(&file, bytes).map_err(show)?;
        }
        Ok(())
    }
}

/// `len` bytes of words and lines, compressible as text is; always the same.
fn generate(len: usize) -> Vec<u8> {
    let mut state = 0x1234_5678_9abc_def1u64;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    let mut bytes = Vec::with_capacity(len + 16);
    while bytes.len() < len {
        // Few words are frequent, many are rare.
        let rarity = next(14);
        let mut word = next(8 << rarity);
        loop {
            bytes.push(b'a' + (word % 26) as u8);
            word /= 26;
            if word == 0 {
                break;
            }
        }
        bytes.push(if next(12) == 0 { b'\n' } else { b' ' });
    }
    bytes.truncate(len);
    bytes
}
