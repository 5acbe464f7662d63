//! The table of commands and flags. It drives everything that must know them: parsing ([`crate::args`]), help and the
//! man page ([`crate::help`]), shell completions ([`crate::completions`]). A new flag is a row here, and one place in
//! [`crate::settings`] that gives it a meaning.

use std::fmt;

/// A command of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command {
    /// wasm -> executable or object.
    Compile,
    /// wasm -> executable in the cache -> exec.
    Run,
    /// What a program is made of and may do.
    Inspect,
    /// libwasmaot for C programs.
    Library,
    /// List of targets.
    Targets,
    /// Shell completion scripts.
    Completions,
    /// The manual page.
    Man,
    /// Help on a command.
    Help,
}

/// One row of [`COMMANDS`].
#[derive(Debug)]
pub struct CommandRow {
    /// Which.
    pub command: Command,
    /// As it is written.
    pub name: &'static str,
    /// Its operands, for the usage line.
    pub operands: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What else help says, a paragraph or more.
    pub details: &'static str,
}

/// Every command.
pub const COMMANDS: &[CommandRow] = &[
    CommandRow {
        command: Command::Compile,
        name: "compile",
        operands: "INPUT [-o OUTPUT] [FLAGS]",
        summary: "Compile a WebAssembly module to a native executable or object",
        details: "INPUT is a .wasm or .wat file, or - for standard input. The executable needs nothing beside it, and can do \
                  only what the grants below allow; without any it has its standard streams, its arguments and the clocks.",
    },
    CommandRow {
        command: Command::Run,
        name: "run",
        operands: "[FLAGS] INPUT [ARGS]...",
        summary: "Compile a program into the cache, if it is not there yet, and run it",
        details: "Arguments after INPUT are the program's. To write flags of wasmaot after INPUT, end them with --:\n\
                  \n    wasmaot run --dir . app.wasm -v file\n    wasmaot run app.wasm --dir . -- -v file\n\
                  \nThe cache is $XDG_CACHE_HOME/wasmaot, else ~/.cache/wasmaot; entries not used for 30 days are removed.",
    },
    CommandRow {
        command: Command::Inspect,
        name: "inspect",
        operands: "FILE",
        summary: "Show what a program is made of and what it may do",
        details: "FILE is an executable or object made by wasmaot (how it was built, grants, imports, exports, memories, sizes, \
                  the largest functions), or a .wasm or .wat file (imports, exports, memories, proposals it uses).",
    },
    CommandRow {
        command: Command::Library,
        name: "library",
        operands: "--prefix FOLDER [--target TARGET]",
        summary: "Install libwasmaot, the library that compiled modules in C programs need",
        details: "Writes wasmaot.h, libwasmaot.a, libwasmaot.so, and files for pkg-config and CMake. For Windows: libwasmaot.dll \
                  and its import library in the place of libwasmaot.so, if there is an lld.",
    },
    CommandRow {
        command: Command::Targets,
        name: "targets",
        operands: "",
        summary: "List what wasmaot compiles for",
        details: "",
    },
    CommandRow {
        command: Command::Completions,
        name: "completions",
        operands: "SHELL",
        summary: "Print a completion script: bash, zsh, fish or powershell",
        details: "For example:\n\
                  \n    wasmaot completions bash > ~/.local/share/bash-completion/completions/wasmaot\
                  \n    wasmaot completions zsh > ~/.zfunc/_wasmaot          (a folder of $fpath)\
                  \n    wasmaot completions fish > ~/.config/fish/completions/wasmaot.fish\
                  \n    wasmaot completions powershell >> $PROFILE",
    },
    CommandRow {
        command: Command::Man,
        name: "man",
        operands: "",
        summary: "Print the manual page: wasmaot man | man -l -",
        details: "",
    },
    CommandRow { command: Command::Help, name: "help", operands: "[COMMAND]", summary: "Show help", details: "" },
];

/// What a flag means, for the code that asks for its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // the table below says what each is
pub enum Id {
    Output,
    Emit,
    Target,
    Cpu,
    OptLevel,
    Debug,
    Dwarf,
    DebugFile,
    WatMap,
    Strip,
    StackSize,
    MemoryBase,
    Enable,
    Disable,
    Jobs,
    Linker,
    Header,
    Name,
    Interruptible,
    Traps,
    LinkImports,
    MemoryReserve,
    Prefix,
    Time,
    Quiet,
    Dir,
    Env,
    InheritEnv,
    Listen,
    Arg0,
    MaxMemory,
    Timeout,
    Sealed,
    Largest,
    Help,
    Version,
}

/// Heading under which help shows a flag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// What comes out.
    Output,
    /// What the code is like.
    Code,
    /// What the program may do.
    Grants,
    /// The rest.
    General,
}

/// Groups in the order of help.
pub const GROUPS: &[(Group, &str)] =
    &[(Group::Output, "Output"), (Group::Code, "Code"), (Group::Grants, "Grants"), (Group::General, "General")];

/// How completions fill in a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A target of the compiler's table.
    Target,
    /// A proposal of the compiler's table.
    Feature,
    /// Anything else.
    Text,
}

/// A flag's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value {
    /// For help.
    pub name: &'static str,
    /// For completions.
    pub hint: Hint,
}

/// One row of [`FLAGS`].
#[derive(Debug)]
pub struct Flag {
    /// Which.
    pub id: Id,
    /// `-x`.
    pub short: Option<char>,
    /// `--xyz`, without the dashes.
    pub long: &'static str,
    /// Its value, if it takes one.
    pub value: Option<Value>,
    /// Whether it can be given many times; if not, the last one counts.
    pub repeats: bool,
    /// Commands that have it.
    pub commands: &'static [Command],
    /// Heading.
    pub group: Group,
    /// What it does.
    pub help: &'static str,
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{}", self.long)
    }
}

const BUILD: &[Command] = &[Command::Compile, Command::Run];
const COMPILE: &[Command] = &[Command::Compile];
const ALL: &[Command] = &[
    Command::Compile,
    Command::Run,
    Command::Inspect,
    Command::Library,
    Command::Targets,
    Command::Completions,
    Command::Man,
    Command::Help,
];

const fn switch(id: Id, long: &'static str, commands: &'static [Command], group: Group, help: &'static str) -> Flag {
    Flag { id, short: None, long, value: None, repeats: false, commands, group, help }
}

const fn valued(
    id: Id,
    long: &'static str,
    name: &'static str,
    hint: Hint,
    commands: &'static [Command],
    group: Group,
    help: &'static str,
) -> Flag {
    Flag { id, short: None, long, value: Some(Value { name, hint }), repeats: false, commands, group, help }
}

impl Flag {
    const fn short(mut self, short: char) -> Flag {
        self.short = Some(short);
        self
    }

    const fn many(mut self) -> Flag {
        self.repeats = true;
        self
    }
}

/// Every flag.
pub const FLAGS: &[Flag] = &[
    valued(
        Id::Output,
        "output",
        "OUTPUT",
        Hint::File,
        COMPILE,
        Group::Output,
        "Where to write; - is standard output. Default: the input's name without .wasm, in the current folder",
    )
    .short('o'),
    valued(
        Id::Emit,
        "emit",
        "KIND",
        Hint::OneOf(&["exe", "obj", "archive", "shared", "exe-obj", "asm", "clif"]),
        COMPILE,
        Group::Output,
        "exe: an executable (default); for C programs: obj, a relocatable object, archive, a static library with \
         libwasmaot in it, shared, a shared library; exe-obj: the object of an executable, to be linked elsewhere; asm: \
         assembly text; clif: Cranelift's IR",
    ),
    valued(
        Id::Header,
        "header",
        "FILE",
        Hint::File,
        COMPILE,
        Group::Output,
        "With obj, archive and shared: write the module's C header there",
    ),
    valued(
        Id::Name,
        "name",
        "NAME",
        Hint::Text,
        COMPILE,
        Group::Output,
        "With obj, archive and shared: what the C names begin with. Default: the input's name",
    ),
    valued(
        Id::Target,
        "target",
        "TARGET",
        Hint::Target,
        &[Command::Compile, Command::Library],
        Group::Output,
        "What to compile for, a name of `wasmaot targets` or a triple. Default: this machine",
    ),
    switch(Id::Strip, "strip", BUILD, Group::Output, "Leave out symbols and names; backtraces have only numbers then"),
    switch(Id::Debug, "debug", BUILD, Group::Output, "Make debug information from the module's DWARF").short('g'),
    valued(
        Id::Dwarf,
        "dwarf",
        "VERSION",
        Hint::OneOf(&["4", "5"]),
        BUILD,
        Group::Output,
        "Version of DWARF that -g writes: 5 (default), or 4 for older tools",
    ),
    valued(
        Id::DebugFile,
        "debug-file",
        "FILE",
        Hint::File,
        COMPILE,
        Group::Output,
        "With -g: write the debug information there, apart from the program; debuggers find it in the program's folder",
    ),
    valued(
        Id::WatMap,
        "wat-map",
        "FILE",
        Hint::File,
        COMPILE,
        Group::Output,
        "With -g: write the module there as text, and make that the source to debug: an instruction is a line",
    ),
    valued(
        Id::Linker,
        "linker",
        "PATH",
        Hint::File,
        BUILD,
        Group::Output,
        "Link with this program (ld, ld.lld, mold, ...) instead of the linker that is built in",
    ),
    valued(
        Id::OptLevel,
        "opt-level",
        "LEVEL",
        Hint::OneOf(&["0", "1", "2", "s"]),
        BUILD,
        Group::Code,
        "0: compile fast; 1: fair code; 2: best code (default); s: small code. -O alone is -O1",
    )
    .short('O'),
    valued(
        Id::Cpu,
        "cpu",
        "CPU",
        Hint::OneOf(&["baseline", "native", "x86-64-v2", "x86-64-v3"]),
        BUILD,
        Group::Code,
        "Processor: baseline (default; runs everywhere), native (this machine's), x86-64-v2, x86-64-v3, and \
         +FEATURE or -FEATURE, comma-separated",
    ),
    switch(
        Id::Interruptible,
        "interruptible",
        COMPILE,
        Group::Code,
        "With obj, archive and shared: functions and loops look whether wasmaot_interrupt was called",
    ),
    valued(
        Id::Traps,
        "traps",
        "HOW",
        Hint::OneOf(&["signals", "explicit"]),
        COMPILE,
        Group::Code,
        "With obj, archive and shared: signals (default): faults of instructions; explicit: every check is compiled in, and \
         no signal handler is needed",
    ),
    switch(
        Id::LinkImports,
        "link-imports",
        COMPILE,
        Group::Output,
        "With obj, archive and shared: bind imported functions by name, NAME_import_*, when the object is linked",
    ),
    valued(
        Id::MemoryReserve,
        "memory-reserve",
        "SIZE",
        Hint::Text,
        COMPILE,
        Group::Code,
        "With obj, archive and shared: reserve only so much address space for a memory, and check each access",
    ),
    valued(
        Id::Prefix,
        "prefix",
        "FOLDER",
        Hint::Folder,
        &[Command::Library],
        Group::Output,
        "Where to install; made if it is not there",
    ),
    valued(
        Id::StackSize,
        "stack-size",
        "SIZE",
        Hint::Text,
        BUILD,
        Group::Code,
        "Stack of the program, as 8MiB (default), rounded up to 64 KiB",
    ),
    valued(
        Id::MemoryBase,
        "memory-base",
        "WAY",
        Hint::OneOf(&["constant", "register"]),
        BUILD,
        Group::Code,
        "constant: memory 0 is at a fixed low address (default; fastest); register: anywhere, for systems where low \
         addresses cannot be mapped, and for valgrind",
    ),
    valued(
        Id::Enable,
        "enable",
        "FEATURE",
        Hint::Feature,
        BUILD,
        Group::Code,
        "Switch a WebAssembly proposal on; `wasmaot targets` lists them",
    )
    .many(),
    valued(Id::Disable, "disable", "FEATURE", Hint::Feature, BUILD, Group::Code, "Switch a WebAssembly proposal off")
        .many(),
    valued(
        Id::Dir,
        "dir",
        "HOST[::GUEST][:ro]",
        Hint::Folder,
        BUILD,
        Group::Grants,
        "Let the program use the folder HOST, as GUEST (default: the same path); :ro makes it read-only",
    )
    .many(),
    valued(
        Id::Env,
        "env",
        "NAME[=VALUE]",
        Hint::Text,
        BUILD,
        Group::Grants,
        "Give the program an environment variable; without =VALUE, the one it is started with",
    )
    .many(),
    switch(
        Id::InheritEnv,
        "inherit-env",
        BUILD,
        Group::Grants,
        "Give the program the whole environment it is started with",
    ),
    valued(
        Id::Listen,
        "listen",
        "ADDR:PORT",
        Hint::Text,
        BUILD,
        Group::Grants,
        "Give the program a listening TCP socket: descriptor 3 and up, before the folders",
    )
    .many(),
    valued(Id::Arg0, "arg0", "NAME", Hint::Text, BUILD, Group::Grants, "What the program sees as its own name"),
    valued(
        Id::MaxMemory,
        "max-memory",
        "SIZE",
        Hint::Text,
        BUILD,
        Group::Grants,
        "Most memory the program can have, as 64MiB; growing beyond fails",
    ),
    valued(
        Id::Timeout,
        "timeout",
        "TIME",
        Hint::Text,
        BUILD,
        Group::Grants,
        "Stop the program after this time, as 500ms or 10s",
    ),
    switch(
        Id::Sealed,
        "sealed",
        BUILD,
        Group::Grants,
        "Ignore WASMAOT_* variables at start, which could otherwise give and take grants",
    ),
    valued(Id::Jobs, "jobs", "N", Hint::Text, BUILD, Group::General, "Threads to compile with. Default: all cores")
        .short('j'),
    switch(Id::Time, "time", BUILD, Group::General, "Print seconds and bytes of each phase"),
    switch(Id::Quiet, "quiet", BUILD, Group::General, "No progress bar, no notes").short('q'),
    valued(
        Id::Largest,
        "largest",
        "N",
        Hint::Text,
        &[Command::Inspect],
        Group::General,
        "How many of the largest functions to show. Default: 10",
    ),
    switch(Id::Help, "help", ALL, Group::General, "Show help").short('h'),
    switch(Id::Version, "version", ALL, Group::General, "Show the version").short('V'),
];

impl Command {
    /// Its row.
    pub fn row(self) -> &'static CommandRow {
        let at = COMMANDS.iter().position(|row| row.command == self).unwrap_or(0);
        &COMMANDS[at]
    }

    /// The flags it has.
    pub fn flags(self) -> impl Iterator<Item = &'static Flag> {
        FLAGS.iter().filter(move |flag| flag.commands.contains(&self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        for (at, flag) in FLAGS.iter().enumerate() {
            assert!(!flag.commands.is_empty(), "{flag}");
            assert!(!flag.help.ends_with('.'), "{flag}: help has no full stop at its end");
            for other in FLAGS.iter().skip(at + 1) {
                assert_ne!(flag.long, other.long);
                assert!(flag.short.is_none() || flag.short != other.short, "{flag} {other}");
                assert_ne!(flag.id, other.id);
            }
        }
        for row in COMMANDS {
            assert_eq!(row.command.row().name, row.name);
            assert!(ALL.contains(&row.command));
        }
    }
}
