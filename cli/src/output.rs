//! Where a result goes. A file is written aside, in the same folder, and renamed: whoever looks sees the old file or the
//! whole new one, also when the disk is full or the process is killed.

use crate::failure::Failure;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A place to write to, checked before the work begins.
#[derive(Debug)]
pub enum Output {
    /// `-`
    Stdout,
    /// What exists and is no regular file: a device, a pipe. Written in place.
    Special(PathBuf),
    /// A file, behind all symbolic links.
    File(PathBuf),
}

impl Output {
    /// Checks that `path` can be written and is not `input`.
    pub fn new(path: &Path, input: &Path) -> Result<Output, Failure> {
        if path == Path::new("-") {
            return Ok(Output::Stdout);
        }
        let failed = |error: io::Error| Failure::io(path, "cannot write", &error);
        let path = match fs::metadata(path) {
            Ok(data) if data.is_dir() => {
                let text = format!("{}: is a folder; choose another name with -o", path.display());
                return Err(Failure::Failed(text));
            }
            Ok(data) if !data.is_file() => return Ok(Output::Special(path.to_owned())),
            Ok(data) => {
                let same = |input: fs::Metadata| (input.dev(), input.ino()) == (data.dev(), data.ino());
                if fs::metadata(input).is_ok_and(same) {
                    let text = format!("{}: is the input; choose another name with -o", path.display());
                    return Err(Failure::Failed(text));
                }
                fs::canonicalize(path).map_err(failed)?
            }
            Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(failed(error)),
        };
        if path.as_os_str().to_string_lossy().ends_with('/') {
            return Err(Failure::Failed(format!("{}: no such folder", path.display())));
        }
        let output = Output::File(path);
        // Better to hear of an unwritable folder now than after a minute of work.
        drop(output.aside(false)?);
        Ok(output)
    }

    /// Writes the result; `executable` decides the file's mode.
    pub fn write(&self, bytes: &[u8], executable: bool) -> Result<(), Failure> {
        match self {
            Output::Stdout if executable && io::stdout().is_terminal() => {
                Err(Failure::Failed("-: an executable would only garble the terminal".to_owned()))
            }
            Output::Stdout => print(bytes),
            Output::Special(path) => fill(path, bytes).map_err(|error| Failure::io(path, "cannot write", &error)),
            Output::File(path) => {
                let aside = self.aside(executable)?;
                fill(&aside.path, bytes).map_err(|error| Failure::io(path, "cannot write", &error))?;
                aside.rename(path)
            }
        }
    }

    /// A new empty file beside the place of the result, with its mode.
    fn aside(&self, executable: bool) -> Result<Aside, Failure> {
        let Output::File(path) = self else {
            return Err(Failure::Failed("no folder to write in".to_owned()));
        };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        Aside::new(folder, executable).map_err(|error| match error.kind() {
            ErrorKind::NotFound if !folder.exists() => {
                Failure::Failed(format!("{}: cannot write: no such folder {}", path.display(), folder.display()))
            }
            _ => Failure::io(path, "cannot write", &error),
        })
    }
}

/// A file that is removed again unless it is renamed.
#[derive(Debug)]
pub struct Aside {
    /// Where it is.
    pub path: PathBuf,
}

impl Aside {
    /// A new empty file in a folder, executable or not (less what the umask takes away).
    pub fn new(folder: &Path, executable: bool) -> io::Result<Aside> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mode = if executable { 0o777 } else { 0o666 };
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".wasmaot-{}-{count}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
                Ok(_) => return Ok(Aside { path }),
                // Left by a killed process of the same number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives it its name.
    pub fn rename(self, path: &Path) -> Result<(), Failure> {
        fs::rename(&self.path, path).map_err(|error| Failure::io(path, "cannot write", &error))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // After a rename there is nothing of that name.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes to standard output.
pub fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::Closed),
        result => result.map_err(|error| Failure::io(Path::new("-"), "cannot write", &error)),
    }
}

/// Writes into a file that exists.
fn fill(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(bytes)
}
