//! Where the things are that the suites run: the repository, its cache, the compiler under test and the oracle.

use std::path::{Path, PathBuf};

/// The top of the repository.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// What is in a folder, by name.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// What `tests/setup.sh` installed: `$WASMAOT_CACHE`, or `.cache` at the top.
pub fn cache() -> PathBuf {
    std::env::var_os("WASMAOT_CACHE").map_or_else(|| root().join(".cache"), PathBuf::from)
}

/// A tool of `tests/setup.sh` (`wasmtime`, `wasm-tools`), or an error that says how to get it.
pub fn tool(name: &str) -> Result<PathBuf, String> {
    let path = cache().join("bin").join(name);
    if path.exists() { Ok(path) } else { Err(format!("no {name} at {}; tests/setup.sh installs it", path.display())) }
}

/// The compiler under test: `$WASMAOT`, or the one that was built into the same target folder as this runner, or the
/// newest of target/release and target/debug.
pub fn wasmaot() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("WASMAOT") {
        return Ok(path.into());
    }
    let runner = std::env::current_exe().map_err(|error| error.to_string())?;
    let beside = runner.ancestors().nth(2).map(|profile| profile.join("wasmaot"));
    if let Some(path) = beside.filter(|path| path.exists()) {
        return Ok(path);
    }
    ["release", "debug"]
        .map(|profile| root().join("target").join(profile).join("wasmaot"))
        .into_iter()
        .filter(|path| path.exists())
        .max_by_key(|path| path.metadata().and_then(|m| m.modified()).ok())
        .ok_or_else(|| "no wasmaot in target/; `cargo build -p wasmaot` makes it".to_string())
}
