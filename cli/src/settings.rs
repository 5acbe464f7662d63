//! Flags of `compile` and `run` -> values: the compiler's [`Options`], and what the command line itself needs.

use crate::args::Parsed;
use crate::failure::{Failure, reason, suggestion};
use crate::flags::{Command, Id};
use crate::grants::{self, Grant};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use wasmaot_abi::grant_text;
use wasmaot_compiler::features::{FEATURES, Features};
use wasmaot_compiler::header::{is_reserved, module_name};
use wasmaot_compiler::options::{Emit, Handle, MemoryBase, Model, OptLevel, Options};
use wasmaot_compiler::target::{BinaryFormat, TARGETS, Target};

/// Stacks are whole multiples of this many bytes.
const STACK_UNIT: u64 = 64 << 10;
/// The smallest stack: with less than [`wasmaot_abi::program::HOST_STACK`] no host function could be called.
const STACK_MIN: u64 = 256 << 10;
/// The largest stack: more than any system gives, and far from overflowing an addition.
const STACK_MAX: u64 = 1 << 40;

/// What a build was asked to do.
#[derive(Debug)]
pub struct Settings {
    /// For the compiler.
    pub options: Options,
    /// What is made from the object.
    pub product: Product,
    /// `--header`.
    pub header: Option<PathBuf>,
    /// `--wat-map`.
    pub wat_map: Option<PathBuf>,
    /// `--debug-file`.
    pub debug_file: Option<PathBuf>,
    /// The grants, also in [`Options::grants`] for `compile`.
    pub grants: Vec<Grant>,
    /// `--linker`.
    pub linker: Option<PathBuf>,
    /// `-j`; 0 is all cores.
    pub jobs: usize,
    /// `--time`.
    pub time: bool,
    /// `--quiet`.
    pub quiet: bool,
}

impl Settings {
    /// Reads the flags.
    pub fn new(parsed: &Parsed) -> Result<Settings, Failure> {
        let usage = |error: wasmaot_compiler::Error| Failure::Usage(error.to_string());
        let mut target = target(parsed)?;
        if let Some(cpu) = text(parsed, Id::Cpu)? {
            let native = cpu.split(',').any(|item| item == "native");
            let host = std::env::consts::ARCH;
            if native && target.name.split('-').next() != Some(host) {
                let text = format!("--cpu=native: this machine is {host}, the target is {}", target.name);
                return Err(Failure::Usage(text));
            }
            target.set_cpu(cpu, crate::cpu::native).map_err(usage)?;
        }
        let (emit, product) = emit(parsed)?;
        let grants = grants::from_flags(parsed)?;
        let mut options = Options::new(target);
        options.emit = emit;
        // The runtime has none.
        options.sole = product == Product::Executable && options.target.triple.binary_format == BinaryFormat::Elf;
        options.opt_level = opt_level(parsed)?;
        options.memory_base = match choice(parsed, Id::MemoryBase, "--memory-base", &["constant", "register"])? {
            Some("register") => MemoryBase::Register,
            Some(_) if options.memory_base != MemoryBase::Constant => {
                let text = format!("--memory-base constant: not possible on {}", options.target.name);
                return Err(Failure::Usage(text));
            }
            _ => options.memory_base,
        };
        options.features = features(parsed)?;
        options.debug_info = parsed.has(Id::Debug);
        match choice(parsed, Id::Dwarf, "--dwarf", &["4", "5"])? {
            Some(_) if !options.debug_info => return Err(Failure::Usage("--dwarf: only with -g".to_owned())),
            Some("4") => options.dwarf = 4,
            _ => {}
        }
        options.strip = parsed.has(Id::Strip);
        if let Some(size) = parsed.value(Id::StackSize) {
            options.stack_size = stack_size(size)?;
        }
        if parsed.command == Command::Compile {
            options.grants = grants::records(&grants);
        }
        let for_c = matches!(product, Product::Object | Product::Archive | Product::Shared);
        for (id, flag) in [
            (Id::Header, "--header"),
            (Id::Name, "--name"),
            (Id::Interruptible, "--interruptible"),
            (Id::Traps, "--traps"),
            (Id::LinkImports, "--link-imports"),
            (Id::MemoryReserve, "--memory-reserve"),
        ] {
            if parsed.has(id) && !for_c {
                return Err(Failure::Usage(format!("{flag}: only with --emit obj, archive or shared")));
            }
        }
        if for_c && !grants.is_empty() {
            let text = "grants are of executables; a C program gives an instance what it may do (wasmaot_wasi_config)";
            return Err(Failure::Usage(text.to_owned()));
        }
        if for_c {
            options.model = Model::Handle(Handle {
                name: name(parsed)?,
                interruptible: parsed.has(Id::Interruptible),
                explicit_traps: choice(parsed, Id::Traps, "--traps", &["signals", "explicit"])? == Some("explicit"),
                link_imports: parsed.has(Id::LinkImports),
                memory_reserve: parsed.value(Id::MemoryReserve).map(memory_reserve).transpose()?,
            });
        }
        let debug_file = debug_file(parsed, &options, product)?;
        let wat_map = parsed.value(Id::WatMap).map(PathBuf::from);
        match &wat_map {
            Some(_) if !options.debug_info => return Err(Failure::Usage("--wat-map: only with -g".to_owned())),
            Some(path) if path == Path::new("-") => {
                return Err(Failure::Usage("--wat-map: a file, not standard output: debuggers look for it".to_owned()));
            }
            _ => {}
        }
        Ok(Settings {
            options,
            product,
            header: parsed.value(Id::Header).map(PathBuf::from),
            debug_file,
            wat_map,
            grants,
            linker: parsed.value(Id::Linker).map(linker).transpose()?,
            jobs: number(parsed, Id::Jobs, "--jobs", 1..=1024)?.unwrap_or(0),
            time: parsed.has(Id::Time),
            quiet: parsed.has(Id::Quiet),
        })
    }
}

/// `--target`, or this machine.
pub fn target(parsed: &Parsed) -> Result<Target, Failure> {
    let name = text(parsed, Id::Target)?.unwrap_or(&host_target()).to_owned();
    Target::parse(&name).map_err(|error| {
        let names = TARGETS.iter().flat_map(|row| [row.name, row.triple]);
        Failure::Usage(format!("--target: {error}{}", suggestion(&name, names)))
    })
}

/// The target that this program itself runs on: `x86_64-linux`.
pub fn host_target() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// What a build makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Product {
    /// An executable.
    Executable,
    /// An object for C programs.
    Object,
    /// A static library for C programs.
    Archive,
    /// A shared library for C programs.
    Shared,
    /// The object of an executable.
    ProgramObject,
    /// Text.
    Text,
}

fn emit(parsed: &Parsed) -> Result<(Emit, Product), Failure> {
    Ok(match choice(parsed, Id::Emit, "--emit", &["exe", "obj", "archive", "shared", "exe-obj", "asm", "clif"])? {
        Some("obj") => (Emit::Object, Product::Object),
        Some("archive") => (Emit::Object, Product::Archive),
        Some("shared") => (Emit::Object, Product::Shared),
        Some("exe-obj") => (Emit::Object, Product::ProgramObject),
        Some("asm") => (Emit::Assembly, Product::Text),
        Some("clif") => (Emit::Clif, Product::Text),
        _ => (Emit::Object, Product::Executable),
    })
}

/// `--debug-file`, where it can be.
fn debug_file(parsed: &Parsed, options: &Options, product: Product) -> Result<Option<PathBuf>, Failure> {
    let Some(path) = parsed.value(Id::DebugFile) else { return Ok(None) };
    let linked = matches!(product, Product::Executable | Product::Shared);
    let text = if !options.debug_info {
        "--debug-file: only with -g"
    } else if !linked || options.target.triple.binary_format != BinaryFormat::Elf {
        "--debug-file: only for executables and shared libraries of Linux"
    } else if path == "-" {
        "--debug-file: a file, not standard output"
    } else {
        return Ok(Some(PathBuf::from(path)));
    };
    Err(Failure::Usage(text.to_owned()))
}

/// What C names begin with.
fn name(parsed: &Parsed) -> Result<String, Failure> {
    let name = any_name(parsed)?;
    // The library's own names.
    if name == "wasmaot" || name.starts_with("wasmaot_") {
        return Err(Failure::Usage(format!("the name {name:?} is libwasmaot's; --name gives another")));
    }
    Ok(name)
}

fn any_name(parsed: &Parsed) -> Result<String, Failure> {
    if let Some(name) = text(parsed, Id::Name)? {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(word) || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Failure::Usage(format!("--name {name:?}: not a C identifier")));
        }
        if is_reserved(name) {
            return Err(Failure::Usage(format!("--name {name:?}: such names are the C compiler's")));
        }
        return Ok(name.to_owned());
    }
    let stem =
        |path: &OsStr| Some(Path::new(path).file_stem().filter(|stem| *stem != "-")?.to_string_lossy().into_owned());
    // The input's, so that the object does not depend on where it is written.
    let input = parsed.operand("INPUT").ok().and_then(&stem);
    let output = || parsed.value(Id::Output).and_then(&stem);
    Ok(module_name(&input.or_else(output).unwrap_or_else(|| "module".to_owned())))
}

/// A reservation is whole wasm pages.
fn memory_reserve(value: &OsStr) -> Result<u64, Failure> {
    let size = grant_text::size(value.as_bytes())
        .map_err(|error| Failure::Usage(format!("--memory-reserve {value:?}: {error}")))?;
    if !(STACK_UNIT..=STACK_MAX).contains(&size) {
        return Err(Failure::Usage(format!("--memory-reserve {value:?}: 64 KiB to 1 TiB")));
    }
    Ok(size.next_multiple_of(STACK_UNIT))
}

fn opt_level(parsed: &Parsed) -> Result<OptLevel, Failure> {
    Ok(match choice(parsed, Id::OptLevel, "-O", &["0", "1", "2", "s"])? {
        Some("0") => OptLevel::O0,
        Some("1") => OptLevel::O1,
        Some("s") => OptLevel::Os,
        _ => OptLevel::O2,
    })
}

fn features(parsed: &Parsed) -> Result<Features, Failure> {
    let mut features = Features::default();
    for (id, value) in parsed.flags() {
        let (flag, on) = match id {
            Id::Enable => ("--enable", true),
            Id::Disable => ("--disable", false),
            _ => continue,
        };
        let value = utf8(value, flag)?;
        let Some(row) = Features::find(value) else {
            let names = FEATURES.iter().filter(|row| row.supported).map(|row| row.name);
            let hint = suggestion(value, FEATURES.iter().map(|row| row.name));
            let known =
                if hint.is_empty() { format!("; known: {}", names.collect::<Vec<_>>().join(", ")) } else { hint };
            return Err(Failure::Usage(format!("{flag}: unknown proposal {value:?}{known}")));
        };
        if on && !row.supported {
            return Err(Failure::Usage(format!("{flag}: the proposal {value} is not supported yet")));
        }
        features.set(row, on);
    }
    Ok(features)
}

fn stack_size(value: &OsStr) -> Result<u64, Failure> {
    let size = grant_text::size(value.as_bytes())
        .map_err(|error| Failure::Usage(format!("--stack-size {value:?}: {error}")))?;
    if !(STACK_MIN..=STACK_MAX).contains(&size) {
        return Err(Failure::Usage(format!("--stack-size {value:?}: a stack has 256 KiB to 1 TiB")));
    }
    Ok(size.next_multiple_of(STACK_UNIT))
}

/// A linker must exist before a long compile; a bare name is looked up in `PATH`, as a shell would.
fn linker(value: &OsStr) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(value);
    if !value.as_bytes().contains(&b'/') {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        return std::env::split_paths(&folders)
            .map(|folder| folder.join(&path))
            .find(|path| path.is_file())
            .ok_or_else(|| Failure::Usage(format!("--linker {value:?}: not in PATH")));
    }
    match std::fs::metadata(&path) {
        Ok(data) if data.is_file() => Ok(path),
        Ok(_) => Err(Failure::Usage(format!("--linker {value:?}: not a program"))),
        Err(error) => Err(Failure::Usage(format!("--linker {value:?}: {}", reason(&error)))),
    }
}

/// A flag's value as text.
fn text(parsed: &Parsed, id: Id) -> Result<Option<&str>, Failure> {
    parsed.value(id).map(|value| utf8(value, "value")).transpose()
}

fn utf8<'a>(value: &'a OsStr, flag: &str) -> Result<&'a str, Failure> {
    value.to_str().ok_or_else(|| Failure::Usage(format!("{flag} {value:?}: not UTF-8")))
}

fn choice<'a>(parsed: &'a Parsed, id: Id, flag: &str, choices: &[&'static str]) -> Result<Option<&'a str>, Failure> {
    let Some(value) = text(parsed, id)? else { return Ok(None) };
    if choices.contains(&value) {
        return Ok(Some(value));
    }
    let hint = suggestion(value, choices.iter().copied());
    Err(Failure::Usage(format!("{flag} {value:?}: not one of {}{hint}", choices.join(", "))))
}

/// A whole number in a range.
pub fn number(
    parsed: &Parsed,
    id: Id,
    flag: &str,
    range: std::ops::RangeInclusive<usize>,
) -> Result<Option<usize>, Failure> {
    let Some(value) = parsed.value(id) else { return Ok(None) };
    let number = grant_text::decimal(value.as_bytes()).ok().and_then(|number| usize::try_from(number).ok());
    match number.filter(|number| range.contains(number)) {
        Some(number) => Ok(Some(number)),
        None => {
            Err(Failure::Usage(format!("{flag} {value:?}: not a number from {} to {}", range.start(), range.end())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Invocation, parse};

    fn settings(flags: &str) -> Result<Settings, String> {
        let line = format!("compile a.wasm {flags}");
        match parse(line.split_whitespace().map(Into::into)) {
            Ok(Invocation::Command(parsed)) => Settings::new(&parsed).map_err(|failure| failure.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values() {
        let s = settings("--target=x86_64-linux -Os --stack-size=300000 --memory-base=register -j 3 --strip").unwrap();
        assert_eq!(s.options.opt_level, OptLevel::Os);
        assert_eq!(s.options.stack_size, 327680);
        assert_eq!(s.options.memory_base, MemoryBase::Register);
        assert!(s.product == Product::Executable && s.options.strip);
        assert_eq!(s.jobs, 3);
        assert_eq!(settings("--target=x86_64-linux --emit=clif").unwrap().product, Product::Text);
    }

    #[test]
    fn errors() {
        for (flags, part) in [
            ("--emit=ex", "did you mean exe?"),
            ("-O7", "not one of 0, 1, 2, s"),
            ("--stack-size=1", "256 KiB to 1 TiB"),
            ("--target=x86_64-linus", "did you mean x86_64-linux?"),
            ("--enable=smid", "did you mean simd?"),
            ("--enable=gc", "not supported yet"),
            ("-j0", "from 1 to 1024"),
            ("--linker=/no/such", "no such file"),
            ("--linker=no-such-linker", "not in PATH"),
            ("--memory-base=reg", "not one of constant, register"),
        ] {
            let error = settings(flags).unwrap_err();
            assert!(error.contains(part), "{flags}: {error}");
        }
    }
}
