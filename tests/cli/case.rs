//! A folder of one test, and the program under test run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use wasmaot_tests::process::{Finished, finish};
use wasmaot_tests::tools;

/// Longer than anything here takes on a busy machine with a compiler built without optimisation.
const LIMIT: Duration = Duration::from_secs(300);

/// An empty folder for a test of this name.
pub struct Case {
    pub folder: PathBuf,
}

impl Case {
    pub fn new(name: &str) -> Case {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Case { folder }
    }

    /// Writes a file.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes the binary form of a module.
    pub fn wasm(&self, name: &str, text: &str) -> PathBuf {
        self.file(name, wat::parse_str(text).unwrap())
    }

    /// A program in this folder, with a cache of its own and none of our variables.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("XDG_CACHE_HOME", self.folder.join("cache"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WASMAOT")) {
            command.env_remove(name);
        }
        command
    }

    /// `wasmaot ARGS`, separated by spaces.
    pub fn wasmaot(&self, args: &str) -> Finished {
        self.wasmaot_with(args, b"")
    }

    /// `wasmaot ARGS` with standard input.
    pub fn wasmaot_with(&self, args: &str, input: &[u8]) -> Finished {
        let mut command = self.command(tools::wasmaot().unwrap());
        command.args(args.split_whitespace());
        finish(&mut command, input, LIMIT).unwrap()
    }

    /// Runs what was compiled.
    pub fn program(&self, name: &str, args: &[&str]) -> Finished {
        self.finish(self.command(self.folder.join(name)).args(args))
    }

    /// Runs a command to its end.
    pub fn finish(&self, command: &mut Command) -> Finished {
        finish(command, b"", LIMIT).unwrap()
    }

    /// `wasmaot ARGS` must work; returns standard output.
    pub fn works(&self, args: &str) -> String {
        let finished = self.wasmaot(args);
        assert_eq!(finished.status, 0, "wasmaot {args}: {}", finished.complaint());
        self.nothing_left();
        String::from_utf8(finished.stdout).unwrap()
    }

    /// `wasmaot ARGS` must fail because of the input or output, saying all of `parts`, and leave nothing behind.
    pub fn fails(&self, args: &str, parts: &[&str]) -> String {
        self.fails_with(args, b"", 1, parts)
    }

    /// The same with standard input and another exit code.
    pub fn fails_with(&self, args: &str, input: &[u8], code: i32, parts: &[&str]) -> String {
        let before = self.names();
        let finished = self.wasmaot_with(args, input);
        let text = String::from_utf8(finished.stderr).unwrap();
        assert_eq!(finished.status, code, "wasmaot {args}: {text}");
        assert!(finished.stdout.is_empty(), "wasmaot {args}: standard output on failure");
        assert!(!text.contains("panicked") && !text.contains("internal error"), "wasmaot {args}: {text}");
        for part in parts {
            assert!(text.contains(part), "wasmaot {args}: {part:?} is not in: {text}");
        }
        assert_eq!(self.names(), before, "wasmaot {args}: files left behind");
        text
    }

    /// No file is left that was written aside.
    pub fn nothing_left(&self) {
        assert!(self.names().iter().all(|name| !name.starts_with(".wasmaot")), "{:?}", self.names());
    }

    /// Names in the folder, but for the cache.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "cache")
            .collect();
        names.sort();
        names
    }
}

/// Prints `text` and ends with `status`, which may be an expression of instructions.
pub fn printer(text: &str, status: u32) -> String {
    let data: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 16) "{data}")
            (func $main (export "_start")
                (i32.store (i32.const 0) (i32.const 16))
                (i32.store (i32.const 4) (i32.const {}))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                (call $exit (i32.const {status}))))"#,
        text.len()
    )
}
