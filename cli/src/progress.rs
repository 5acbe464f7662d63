//! Watches a build: a bar on a terminal once it has taken half a second, and the table of `--time`.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wasmaot_compiler::observer::{Observer, Phase};

/// A build shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);
/// Time between two drawings.
const REDRAW: Duration = Duration::from_millis(50);
/// Cells of the bar.
const CELLS: usize = 30;
/// Return to the line's start and erase it (ECMA-48: EL).
const ERASE: &str = "\r\x1b[K";

/// The watcher.
#[derive(Debug)]
pub struct Progress {
    name: String,
    start: Instant,
    /// Draw a bar.
    bar: bool,
    /// Milliseconds after `start` before which nothing is drawn.
    next_draw: AtomicU64,
    drawn: AtomicBool,
    phase: AtomicUsize,
    work: AtomicUsize,
    done: AtomicUsize,
    times: Mutex<Vec<Row>>,
}

#[derive(Debug)]
struct Row {
    phase: Phase,
    start: Instant,
    /// Set when the phase ends.
    seconds: f64,
    cpu: f64,
    bytes: usize,
}

impl Progress {
    /// Starts the clock for the input of this name.
    pub fn new(name: &str, quiet: bool) -> Progress {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let short: String = name.rsplit('/').next().unwrap_or_default().chars().take(24).collect();
        Progress {
            name: short,
            start: Instant::now(),
            bar: !quiet && !dumb && std::io::stderr().is_terminal(),
            next_draw: AtomicU64::new(PATIENCE.as_millis() as u64),
            drawn: AtomicBool::new(false),
            phase: AtomicUsize::new(0),
            work: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            times: Mutex::new(Vec::new()),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if self.drawn.swap(false, Relaxed) {
            let _ = std::io::stderr().write_all(ERASE.as_bytes());
        }
    }

    /// The table of `--time`.
    pub fn table(&self) -> String {
        let mut out = format!("{:<12}{:>10}{:>10}{:>14}\n", "phase", "seconds", "cpu", "bytes");
        if let Ok(rows) = self.times.lock() {
            for row in rows.iter() {
                let (name, bytes) = (phase_name(row.phase), row.bytes);
                let _ = writeln!(out, "{name:<12}{:>10.3}{:>10.3}{bytes:>14}", row.seconds, row.cpu);
            }
        }
        let (seconds, cpu) = (self.start.elapsed().as_secs_f64(), cpu_seconds());
        let _ = writeln!(out, "{:<12}{seconds:>10.3}{cpu:>10.3}", "total");
        if let Some(kib) = peak_memory() {
            let _ = writeln!(out, "peak memory {:>20} MiB", kib.div_ceil(1024));
        }
        out
    }

    fn draw(&self) {
        if !self.bar {
            return;
        }
        let now = self.start.elapsed().as_millis() as u64;
        let due = self.next_draw.load(Relaxed);
        let next = now + REDRAW.as_millis() as u64;
        if now < due || self.next_draw.compare_exchange(due, next, Relaxed, Relaxed).is_err() {
            return;
        }
        let (done, work) = (self.done.load(Relaxed), self.work.load(Relaxed));
        let phase = PHASES.get(self.phase.load(Relaxed)).map_or("", |(_, name)| name);
        let line = bar(&self.name, phase, done, work);
        self.drawn.store(true, Relaxed);
        let _ = std::io::stderr().write_all(format!("{ERASE}{line}").as_bytes());
    }
}

/// One line of at most 79 columns.
fn bar(name: &str, phase: &str, done: usize, work: usize) -> String {
    if work == 0 {
        return format!("{name}: {phase} ...");
    }
    let full = done.min(work) * CELLS / work;
    let cells: String = (0..CELLS).map(|cell| if cell < full { '=' } else { ' ' }).collect();
    format!("{name}: {phase} [{cells}] {}%", done.min(work) * 100 / work)
}

impl Observer for Progress {
    fn begin(&self, phase: Phase, work: usize) {
        self.phase.store(PHASES.iter().position(|(other, _)| *other == phase).unwrap_or(0), Relaxed);
        self.done.store(0, Relaxed);
        self.work.store(work, Relaxed);
        if let Ok(mut rows) = self.times.lock() {
            // `cpu` holds the reading at the start until the phase ends.
            rows.push(Row { phase, start: Instant::now(), seconds: 0.0, cpu: cpu_seconds(), bytes: 0 });
        }
        self.draw();
    }

    fn advance(&self, steps: usize) {
        self.done.fetch_add(steps, Relaxed);
        self.draw();
    }

    fn warn(&self, message: &str) {
        self.finish();
        let message = wasmaot_compiler::error::shown(message);
        let _ = writeln!(std::io::stderr(), "{}: warning: {message}", self.name);
    }

    fn end(&self, phase: Phase, bytes: usize) {
        if let Ok(mut rows) = self.times.lock()
            && let Some(row) = rows.iter_mut().rev().find(|row| row.phase == phase)
        {
            row.seconds = row.start.elapsed().as_secs_f64();
            row.cpu = (cpu_seconds() - row.cpu).max(0.0);
            row.bytes = bytes;
        }
    }
}

const PHASES: &[(Phase, &str)] = &[
    (Phase::Parse, "parse"),
    (Phase::Layout, "layout"),
    (Phase::Functions, "functions"),
    (Phase::Debug, "debug"),
    (Phase::Object, "object"),
    (Phase::Link, "link"),
];

fn phase_name(phase: Phase) -> &'static str {
    PHASES.iter().find(|(other, _)| *other == phase).map_or("", |(_, name)| name)
}

/// Processor seconds of this process so far, all threads (proc(5): stat, fields 14 and 15, in ticks of 10 ms).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in parentheses, which may hold spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() as f64 / 100.0
}

/// Largest resident memory of this process, in KiB.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        assert_eq!(bar("a.wasm", "parse", 0, 0), "a.wasm: parse ...");
        assert!(bar("a.wasm", "functions", 1, 2).ends_with("===               ] 50%"));
        assert!(bar(&"x".repeat(24), "functions", 9, 7).len() <= 79);
    }

    #[test]
    fn times() {
        let progress = Progress::new("a", true);
        progress.begin(Phase::Parse, 0);
        progress.end(Phase::Parse, 7);
        let table = progress.table();
        assert!(table.contains("parse") && table.contains(" 7\n") && table.contains("total"), "{table}");
    }
}
