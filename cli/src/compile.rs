//! `wasmaot compile`, and the build that `run` shares with it: input -> module -> program -> object -> executable.

use crate::args::Parsed;
use crate::failure::{Failure, reason};
use crate::flags::Id;
use crate::inspect::is_native;
use crate::link;
use crate::output::Output;
use crate::progress::Progress;
use crate::settings::{Product, Settings};
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use wasmaot_compiler::Options;
use wasmaot_compiler::debuginfo::source_map::SourceMap;
use wasmaot_compiler::debuginfo::view::View;
use wasmaot_compiler::observer::{Observer, Phase};
use wasmaot_compiler::options::{Emit, Model};
use wasmaot_compiler::parse::{self, DebugFile};

/// Stack of the threads that compile. Deeply nested input needs more than a default one; it costs only what is used.
const THREAD_STACK: usize = 64 << 20;

/// The largest input in bytes: what WebAssembly's JavaScript interface sets as its limit for a module.
const INPUT_LIMIT: u64 = 1 << 30;

/// Inputs of fewer bytes are compiled by one thread, unless `--jobs` says otherwise: others would save a few
/// milliseconds and cost a tenth of the memory.
const SMALL: usize = 64 << 10;

/// The command.
pub fn command(parsed: &Parsed) -> Result<(), Failure> {
    let settings = Settings::new(parsed)?;
    let input = Path::new(parsed.operand("INPUT")?);
    let path = match parsed.value(Id::Output) {
        Some(path) => PathBuf::from(path),
        None => default_output(input, &settings),
    };
    let name = display_name(input);
    let bytes = Input::read(input, &settings)?;
    let output = Output::new(&path, input)?;
    let header = settings.header.as_deref().map(|path| Output::new(path, input)).transpose()?;
    let debug_file = settings.debug_file.as_deref().map(|debug| beside_output(debug, &path, input)).transpose()?;
    let wat_map = settings.wat_map.as_deref().map(|map| beside_output(map, &path, input)).transpose()?;
    let import_library = import_library(&path, input, &settings)?;
    let beside = Beside {
        header: header.as_ref(),
        debug_file: debug_file.as_ref(),
        wat_map: wat_map.as_ref(),
        import_library: import_library.as_ref(),
    };
    let progress = Progress::new(&name, settings.quiet);
    let result = build(input, bytes, &settings, &progress, &output, beside);
    progress.finish();
    result?;
    if settings.time {
        eprint!("{}", progress.table());
    }
    Ok(())
}

/// Where something else goes: not where the result does.
fn beside_output(path: &Path, output: &Path, input: &Path) -> Result<Output, Failure> {
    let place = |path: &Path| {
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        Some((folder.canonicalize().ok()?, path.file_name()?.to_owned()))
    };
    if place(path) == place(output) {
        return Err(Failure::Failed(format!("{}: is the output", path.display())));
    }
    Output::new(path, input)
}

/// What is written beside the result.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// `--header`
    pub header: Option<&'a Output>,
    /// `--debug-file`
    pub debug_file: Option<&'a Output>,
    /// `--wat-map`
    pub wat_map: Option<&'a Output>,
    /// For a DLL: its name and its import library.
    pub import_library: Option<&'a (String, Output)>,
}

/// Where a DLL's import library goes: beside it.
fn import_library(path: &Path, input: &Path, settings: &Settings) -> Result<Option<(String, Output)>, Failure> {
    if settings.product != Product::Shared || !settings.options.target.name.ends_with("-windows") {
        return Ok(None);
    }
    let Some(name) = path.file_name().filter(|_| path != Path::new("-")) else { return Ok(None) };
    let library = path.with_extension("lib");
    if library == path {
        return Err(Failure::Failed(format!(
            "{}: is its import library's name; choose another with -o",
            path.display()
        )));
    }
    Ok(Some((name.to_string_lossy().into_owned(), Output::new(&library, input)?)))
}

/// Compiles, links if an executable is wanted, and writes the result.
pub fn build(
    file: &Path,
    input: Input,
    settings: &Settings,
    progress: &Progress,
    output: &Output,
    beside: Beside<'_>,
) -> Result<(), Failure> {
    let name = &display_name(file);
    let jobs = if settings.jobs == 0 && input.bytes.len() < SMALL { 1 } else { settings.jobs };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).stack_size(THREAD_STACK).build();
    let pool = pool.map_err(|error| Failure::Failed(format!("wasmaot: cannot start threads: {error}")))?;
    pool.install(|| {
        let object = object(file, &input, settings, progress);
        // A linker wants memory too.
        drop(input);
        let (object, texts) = object.map_err(|error| Failure::in_file(name, &error))?;
        let linker = settings.linker.as_deref();
        // Debug information is taken out afterwards.
        let strip = settings.options.strip && beside.debug_file.is_none();
        let options = &Options { strip, ..settings.options.clone() };
        let links = !matches!(settings.product, Product::Object | Product::ProgramObject | Product::Text);
        if links {
            progress.begin(Phase::Link, 0);
        }
        let imports = beside.import_library.filter(|_| settings.product == Product::Shared);
        let imports = imports.map(|(dll, _)| link::import_library(&object, options, dll)).transpose();
        let imports = imports.map_err(|error| Failure::in_file(name, &error))?.flatten();
        let product = match settings.product {
            Product::Object | Product::ProgramObject | Product::Text => Ok(object),
            Product::Archive => link::archive(object, options),
            Product::Shared => {
                let dll = beside.import_library.map_or("module.dll", |(dll, _)| dll.as_str());
                link::shared(object, options, linker, dll)
            }
            Product::Executable => link::link(object, options, linker),
        };
        let mut product = product.map_err(|error| Failure::in_file(name, &error))?;
        if links {
            progress.end(Phase::Link, product.len());
        }
        if let (Some(file), Some(path)) = (beside.debug_file, &settings.debug_file) {
            let debug = path.file_name().unwrap_or_default().as_bytes();
            let parts = link::separate::separate(&product, debug, settings.options.strip);
            let (program, debug) = parts.map_err(|error| Failure::in_file(name, &error))?;
            file.write(&debug, false)?;
            product = program;
        }
        output.write(&product, settings.product == Product::Executable)?;
        if let (Some((_, output)), Some(imports)) = (beside.import_library, imports) {
            output.write(&imports, false)?;
        }
        for (output, text) in [(beside.header, texts.header), (beside.wat_map, texts.wat)] {
            output.zip(text).map_or(Ok(()), |(output, text)| output.write(text.as_bytes(), false))?;
        }
        Ok(())
    })
}

/// What else comes out of the compiler.
struct Texts {
    /// The C header.
    header: Option<String>,
    /// The module's text.
    wat: Option<String>,
}

/// wasm or its text -> the compiler's output, and the texts that there are to be.
fn object(
    file: &Path,
    input: &Input,
    settings: &Settings,
    progress: &Progress,
) -> wasmaot_compiler::Result<(Vec<u8>, Texts)> {
    let options = &settings.options;
    progress.begin(Phase::Parse, 0);
    let bytes = &input.bytes;
    let binary = if options.debug_info { parse::to_binary_with_lines(bytes)? } else { parse::to_binary(bytes)? };
    let view: View;
    let mut wat = None;
    let mut module = parse::parse(&binary, &options.features)?;
    match &input.debug {
        Some((DebugFile::Dwarf, Ok(debug))) => {
            let added = parse::add_debug_info(&mut module, debug);
            added.unwrap_or_else(|error| progress.warn(&format!("external_debug_info: {error}")));
        }
        Some((_, Err(warning))) => progress.warn(warning),
        _ => {}
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let folder = folder.to_string_lossy();
    if let Some(path) = &settings.wat_map {
        let (made, text) = View::printed(&module, &binary, &folder, &path.to_string_lossy())?;
        (view, wat) = (made, Some(text));
        module.debug = view.sections();
    } else if options.debug_info && matches!(binary, Cow::Owned(_)) {
        view = View::original(&module, &binary, &folder, &display_name(file))?;
        module.debug = view.sections();
    } else if let Some((DebugFile::SourceMap, Ok(map))) = &input.debug {
        let path = file.canonicalize().unwrap_or_default();
        let folder = path.parent().unwrap_or(Path::new(""));
        let exists = |name: &str| folder.join(name).is_file();
        let folder = folder.to_string_lossy();
        match SourceMap::parse(map, exists) {
            Ok(map) => {
                view = View::mapped(&module, &binary, &folder, &map)?;
                module.debug = view.sections();
            }
            Err(error) => progress.warn(&format!("sourceMappingURL: {error}")),
        }
    } else if options.debug_info && module.debug.is_empty() && input.debug.is_none() {
        progress.warn("no debug information in the module: lines only with --wat-map FILE");
    }
    let handle = options.model.handle().filter(|_| settings.header.is_some());
    let header = handle.map(|handle| wasmaot_compiler::header::text(&module, handle)).transpose()?;
    let program = if options.model != Model::Static {
        wasmaot_compiler::link::embedded(module)?
    } else if settings.product == Product::Executable || wasmaot_compiler::link::is_command(&module) {
        wasmaot_compiler::link::command(module)?
    } else {
        wasmaot_compiler::link::library(module)?
    };
    progress.end(Phase::Parse, binary.len());
    Ok((wasmaot_compiler::compile(&program, options, progress)?, Texts { header, wat }))
}

/// What is compiled.
pub struct Input {
    /// The module, binary or text.
    pub bytes: Vec<u8>,
    /// The file that has its debug information, if that is another and wanted; or why there is none.
    pub debug: Option<(DebugFile, Result<Vec<u8>, String>)>,
}

impl Input {
    /// Reads a file, or standard input. Of what a module says about other files only names count: those are looked for
    /// beside it.
    pub fn read(path: &Path, settings: &Settings) -> Result<Input, Failure> {
        let bytes = read_input(path)?;
        let wanted = settings.options.debug_info && path != Path::new("-");
        let named = wanted.then(|| parse::debug_file(&bytes)).flatten();
        let debug = named.and_then(|(kind, named)| {
            let file = named.rsplit(['/', '\\']).next().filter(|file| !file.is_empty())?;
            let beside = path.with_file_name(file);
            let read = File::open(&beside).and_then(|file| read_up_to_limit(file, 0));
            let (section, beside) = (kind.section(), display_name(&beside));
            Some((kind, read.map_err(|error| format!("{section}: {beside}: {}", reason(&error)))))
        });
        Ok(Input { bytes, debug })
    }
}

/// The whole input, once.
pub fn read_input(input: &Path) -> Result<Vec<u8>, Failure> {
    let name = display_name(input);
    let result = if input == Path::new("-") {
        read_up_to_limit(std::io::stdin().lock(), 0)
    } else {
        File::open(input).and_then(|file| {
            let size = file.metadata().map_or(0, |data| data.len());
            read_up_to_limit(file, size)
        })
    };
    match result {
        Ok(bytes) if bytes.len() as u64 > INPUT_LIMIT => Err(Failure::Failed(format!("{name}: larger than 1 GiB"))),
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::IsADirectory => {
            Err(Failure::Failed(format!("{name}: is a folder, not a module")))
        }
        Err(error) => Err(Failure::Failed(format!("{name}: {}", reason(&error)))),
    }
}

/// Reads to the end, or one byte beyond the limit. What begins like nothing we read (/dev/zero, a disk image) is not read
/// further: its beginning is enough for an error.
fn read_up_to_limit(mut reader: impl Read, size: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size.min(INPUT_LIMIT) as usize);
    reader.by_ref().take(64 << 10).read_to_end(&mut bytes)?;
    if bytes.starts_with(b"\0asm") || is_native(&bytes) || !bytes.contains(&0) {
        reader.take(INPUT_LIMIT + 1 - bytes.len() as u64).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// What messages call an input.
pub fn display_name(input: &Path) -> String {
    if input == Path::new("-") { "<standard input>".to_owned() } else { input.display().to_string() }
}

/// The input's name without `.wasm` and with what is emitted, in the current folder.
fn default_output(input: &Path, settings: &Settings) -> PathBuf {
    let stem = match input.file_stem() {
        Some(stem) if input != Path::new("-") => stem,
        _ => OsStr::new("a.out"),
    };
    let extension = match settings.options.emit {
        _ if settings.product == Product::Executable => return PathBuf::from(stem),
        Emit::Object if settings.product == Product::Archive => ".a",
        Emit::Object if settings.product == Product::Shared => match settings.options.target.name.ends_with("-windows")
        {
            true => ".dll",
            false => ".so",
        },
        Emit::Object => ".o",
        Emit::Assembly => ".s",
        Emit::Clif => ".clif",
    };
    let mut name = stem.to_owned();
    name.push(extension);
    PathBuf::from(name)
}
