//! `wasmaot targets`: what this build compiles for, its processors and its WebAssembly proposals.

use crate::link;
use crate::settings::host_target;
use std::fmt::Write;
use wasmaot_compiler::features::FEATURES;
use wasmaot_compiler::target::TARGETS;

/// The list.
pub fn list() -> String {
    let host = host_target();
    let mut out = String::from("Targets (--target):\n");
    let _ = writeln!(out, "    {:<18}{:<30}{:<22}tested on", "name", "triple", "makes");
    for row in TARGETS {
        let note = if row.name == host { " (this machine)" } else { "" };
        let makes = match link::RUNTIMES.iter().any(|(name, _)| *name == row.name) {
            true => "programs, objects",
            false => "objects (no runtime)",
        };
        let _ = writeln!(out, "    {:<18}{:<30}{makes:<22}{}{note}", row.name, row.triple, row.tested);
    }
    out.push_str("\nProcessors (--cpu): baseline, native (on this machine's kind), +FEATURE, -FEATURE, and levels:\n");
    for row in TARGETS {
        let levels = row.levels.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "    {:<18}{levels}", row.name);
    }
    out.push_str("\nWebAssembly proposals (--enable, --disable):\n");
    for row in FEATURES {
        let state = match (row.supported, row.default) {
            (true, true) => "on",
            (true, false) => "off",
            (false, _) => "not supported yet",
        };
        let _ = writeln!(out, "    {:<28}{state}", row.name);
    }
    out
}
