//! A linked program as a process that answers requests ([`wasmaot_abi::script`]). One that hangs is killed.

use std::io::{BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wasmaot_abi::script::OK;
use wasmaot_compiler::Options;
use wasmaot_tests::{process, target};

/// How long a program may take for one answer.
const LIMIT: Duration = Duration::from_secs(20);

/// Links an object into an executable file, as `wasmaot compile` does.
pub fn link(object: Vec<u8>, options: &Options, path: &Path) -> Result<(), String> {
    let _ = std::fs::remove_file(path);
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(path);
    drop(file.map_err(|error| format!("{}: {error}", path.display()))?);
    wasmaot_cli::link::executable(object, options, None, path)
}

/// What a program says.
pub enum Answer {
    /// Result cells.
    Results(Vec<[u8; 16]>),
    /// Code of the trap.
    Trap(u8),
}

/// A program that waits for requests.
pub struct Running {
    child: Arc<Mutex<Child>>,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Answers so far; `u64::MAX` when the program is over. The watcher looks whether it moves.
    answered: Arc<AtomicU64>,
    ended: bool,
    /// It has answered something.
    began: bool,
}

impl Running {
    /// Starts a program.
    pub fn start(executable: &Path) -> Result<Running, String> {
        let mut command = target::command(executable);
        target::clear_environment(&mut command);
        let mut child = process::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()))
            .map_err(|error| format!("cannot be started: {error}"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take().ok_or("no output")?);
        let child = Arc::new(Mutex::new(child));
        let answered = Arc::new(AtomicU64::new(0));
        watch(child.clone(), answered.clone());
        Ok(Running { child, input, output: BufReader::new(output), answered, ended: false, began: false })
    }

    /// Makes one request.
    pub fn ask(&mut self, kind: u8, index: u32, cells: &[[u8; 16]], results: usize) -> Result<Answer, String> {
        if self.ended {
            return Err("the program has ended".to_owned());
        }
        let mut request = vec![kind];
        request.extend(index.to_le_bytes());
        request.extend(cells.iter().flatten());
        let sent =
            self.input.as_mut().is_some_and(|input| input.write_all(&request).and_then(|()| input.flush()).is_ok());
        let mut status = [0];
        if !sent || self.output.read_exact(&mut status).is_err() {
            return Err(self.over());
        }
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.began = true;
        if status[0] != OK {
            return Ok(Answer::Trap(status[0]));
        }
        let mut cells = vec![[0; 16]; results];
        for cell in &mut cells {
            if self.output.read_exact(cell).is_err() {
                return Err(self.over());
            }
        }
        Ok(Answer::Results(cells))
    }

    /// Whether the program ended before it answered anything.
    #[allow(dead_code)] // the fuzzer does not run under Wine
    pub fn is_lost(&self) -> bool {
        self.ended && !self.began
    }

    /// Ends the program, which must end well.
    pub fn finish(mut self) -> Result<(), String> {
        let said = self.ended;
        let how = self.over();
        if said || how.is_empty() { Ok(()) } else { Err(how) }
    }

    /// Waits for the end; says how it was, nothing if it was well.
    fn over(&mut self) -> String {
        self.ended = true;
        self.input = None;
        let mut rest = Vec::new();
        let _ = self.output.read_to_end(&mut rest);
        self.answered.store(u64::MAX, Ordering::Relaxed);
        let Ok(mut child) = self.child.lock() else { return "lost".to_owned() };
        let mut words = String::new();
        if let Some(mut errors) = child.stderr.take() {
            let _ = errors.read_to_string(&mut words);
        }
        match child.wait() {
            Ok(status) if status.success() && words.is_empty() && rest.is_empty() => String::new(),
            Ok(status) => format!("the program ended: {status}; {}", words.trim_end()),
            Err(error) => error.to_string(),
        }
    }
}

/// Kills a program that gives no answer for [`LIMIT`].
fn watch(child: Arc<Mutex<Child>>, answered: Arc<AtomicU64>) {
    std::thread::spawn(move || {
        let mut last = answered.load(Ordering::Relaxed);
        let mut still = Duration::ZERO;
        let (pause, limit) = (Duration::from_millis(250), target::limit(LIMIT));
        while last != u64::MAX {
            std::thread::sleep(pause);
            let now = answered.load(Ordering::Relaxed);
            still = if now == last { still + pause } else { Duration::ZERO };
            last = now;
            if still >= limit {
                if let Ok(mut child) = child.lock() {
                    let _ = child.kill();
                }
                return;
            }
        }
    });
}
