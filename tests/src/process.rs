//! Runs a child with given input and a time limit, and keeps everything it said.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program that was just written may be held open by a fork of another thread.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// What a child did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Exit status; 128 + N when signal N ended it, as a shell has it.
    pub status: i32,
    /// Everything written to standard output.
    pub stdout: Vec<u8>,
    /// Everything written to standard error.
    pub stderr: Vec<u8>,
}

impl Finished {
    /// The last lines of standard error, for a failure's story.
    pub fn complaint(&self) -> String {
        tail(&self.stderr, 12)
    }
}

/// The last `count` lines of `bytes`.
pub fn tail(bytes: &[u8], count: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Starts a child. A file that this process has written can be busy for a moment: another thread forked while it was open
/// for writing, and has not come to its exec.
pub fn spawn(command: &mut Command) -> std::io::Result<Child> {
    let start = Instant::now();
    loop {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && start.elapsed() < BUSY_LIMIT => {
                std::thread::sleep(Duration::from_millis(1));
            }
            spawned => return spawned,
        }
    }
}

/// Runs `command` with `input` as standard input until it ends. An error when it cannot be started, or when
/// it is still running after `limit`: it is killed then.
pub fn finish(command: &mut Command, input: &[u8], limit: Duration) -> Result<Finished, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()))
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    let mut stdout = child.stdout.take().ok_or("no stdout")?;
    let mut stderr = child.stderr.take().ok_or("no stderr")?;
    let start = Instant::now();
    std::thread::scope(|scope| {
        // A child that ends without reading its input is no failure.
        scope.spawn(move || drop(stdin.write_all(input)));
        let read_out = scope.spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).map(|_| bytes)
        });
        let read_err = scope.spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).map(|_| bytes)
        });
        let mut pause = Duration::from_micros(200);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Ok(status),
                Ok(None) if start.elapsed() > limit => {
                    drop(child.kill());
                    drop(child.wait());
                    break Err(format!("{name} still ran after {} seconds", limit.as_secs()));
                }
                Ok(None) => std::thread::sleep(pause),
                Err(error) => break Err(format!("waiting for {name}: {error}")),
            }
            pause = (pause * 2).min(Duration::from_millis(20));
        };
        let text = |joined: std::thread::Result<std::io::Result<Vec<u8>>>| match joined {
            Ok(Ok(bytes)) => Ok(bytes),
            _ => Err(format!("cannot read what {name} says")),
        };
        let (stdout, stderr) = (text(read_out.join())?, text(read_err.join())?);
        let status = status?;
        Ok(Finished { status: status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)), stdout, stderr })
    })
}
