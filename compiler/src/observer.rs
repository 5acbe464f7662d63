//! Whoever watches a compilation: progress bars and timings. The compiler itself prints nothing.

/// A step of the pipeline, in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Phase {
    /// Decoding and validating the module's structure.
    Parse,
    /// Laying out instance state.
    Layout,
    /// Validating, translating and compiling functions (parallel).
    Functions,
    /// Writing debug information.
    Debug,
    /// Writing the object.
    Object,
    /// Linking (the CLI's own phase).
    Link,
}

/// Gets told what happens. Called from several threads.
pub trait Observer: Sync {
    /// A phase begins; `work` is the number of steps it will report (functions, for [`Phase::Functions`]), 0 if unknown.
    fn begin(&self, phase: Phase, work: usize) {
        let _ = (phase, work);
    }
    /// That many more steps are done.
    fn advance(&self, steps: usize) {
        let _ = steps;
    }
    /// Something is wrong that does not keep the program from being built.
    fn warn(&self, message: &str) {
        let _ = message;
    }
    /// A phase ended; `bytes` is the size of what it made.
    fn end(&self, phase: Phase, bytes: usize) {
        let _ = (phase, bytes);
    }
}

/// Watches nothing.
pub struct Silent;

impl Observer for Silent {}
