//! Executables that `run` made, by what they were made from.
//!
//! The key is a hash of the module, of everything that decides what the executable is, and of this build of wasmaot.
//! Grants are no part of it: `run` passes them at start. A file is written aside and renamed, so it is whole or absent.

use crate::compile;
use crate::failure::Failure;
use crate::settings::Settings;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Entries that were not used for so long are removed.
const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);

/// The folder of the cache, made if it is not there: `$XDG_CACHE_HOME/wasmaot`, else `~/.cache/wasmaot`.
pub fn folder() -> Result<PathBuf, Failure> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    let Some(base) = base else {
        return Err(Failure::Failed(
            "wasmaot: no folder for the cache; set HOME or XDG_CACHE_HOME, or use wasmaot compile".to_owned(),
        ));
    };
    let folder = base.join("wasmaot");
    // Nobody else may put a program there.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| Failure::io(&folder, "cannot make the cache (XDG_CACHE_HOME names another place)", &error))?;
    Ok(folder)
}

/// The path of the executable for this module and these settings. It begins with the module's name, which is what `ps`,
/// `perf` and gdb show.
pub fn entry(folder: &Path, input: &Path, wasm: &compile::Input, settings: &Settings) -> PathBuf {
    let mut hash = blake3::Hasher::new();
    hash.update(build_identity().as_bytes());
    // Everything in the options is plain data whose debug form shows all of it.
    hash.update(format!("{:?} {:?}", settings.options, settings.linker).as_bytes());
    hash.update(&[0]);
    hash.update_rayon(&wasm.bytes);
    if let Some((_, Ok(debug))) = &wasm.debug {
        hash.update(&(wasm.bytes.len() as u64).to_le_bytes()).update_rayon(debug);
    }
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: &char| c.is_ascii_alphanumeric() || "-_.+".contains(*c);
    let stem: String = stem.chars().filter(plain).take(32).collect();
    folder.join(format!("{stem}-{}", hash.finalize().to_hex()))
}

/// Whether the entry can be executed; marks it as used.
pub fn hit(entry: &Path) -> bool {
    let usable = fs::symlink_metadata(entry).is_ok_and(|data| data.is_file() && data.mode() & 0o100 != 0);
    if usable && let Ok(file) = File::open(entry) {
        // A cache on a read-only disk is as good.
        let _ = file.set_modified(SystemTime::now());
    }
    usable
}

/// Removes entries that were not used for a long time, and what killed processes left.
pub fn clean(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        let age = data.modified()?.elapsed().unwrap_or_default();
        if data.is_file() && age > KEEP {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// This build of wasmaot: its version, and its file's size and time, which every new build changes.
fn build_identity() -> String {
    let file = std::env::current_exe().and_then(fs::metadata);
    let file = file.map(|data| format!("{} {}.{}", data.len(), data.mtime(), data.mtime_nsec())).unwrap_or_default();
    format!("wasmaot {} {file}\0", env!("CARGO_PKG_VERSION"))
}
