//! Object + embedded runtime -> executable. The last step of `wasmaot compile`, after [`wasmaot_compiler::compile`].
//!
//! Linking happens in this process and in memory ([`libwild`]); nothing is read from or written to the file system.
//! `--linker` runs another linker on temporary files instead. Programs for Windows and macOS always need one (`coff`, `macho`).
//!
//! Invariant: the result depends on the object and the options only, not on the number of threads.

mod coff;
mod lld;
mod macho;
mod mapping;
pub mod separate;

use libwild::{FileSystem, FileType, InputFileData, OutputFileData, OutputOptions};
use lld::Linker;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use wasmaot_abi::program::START_SYMBOL;
use wasmaot_compiler::Options;
use wasmaot_compiler::target::{BinaryFormat, TARGETS, Target};

include!(concat!(env!("OUT_DIR"), "/runtimes.rs"));

/// Links a program's object with the runtime of its target into `output`, an executable file that exists. `linker` is a
/// program to use instead of the built-in linker. Works in the current rayon thread pool.
pub fn executable(object: Vec<u8>, options: &Options, linker: Option<&Path>, output: &Path) -> Result<(), String> {
    let bytes = link(object, options, linker)?;
    fs::write(output, bytes).map_err(|error| format!("{}: {error}", output.display()))
}

/// Links; returns the executable's bytes.
pub fn link(object: Vec<u8>, options: &Options, linker: Option<&Path>) -> Result<Vec<u8>, String> {
    let runtime = runtime(&options.target)?;
    match options.target.triple.binary_format {
        BinaryFormat::Coff => return windows(&object, runtime, options, linker),
        BinaryFormat::Macho => return macos(&object, runtime, options, linker),
        _ => {}
    }
    let mut arguments = arguments(options)?;
    arguments.extend(build_id(options, &object, runtime));
    match linker {
        Some(linker) => external(linker, &arguments, object, runtime),
        None => built_in(&arguments, object, runtime),
    }
}

/// The library for C programs of a target: a relocatable object.
pub fn library(target: &Target) -> Result<&'static [u8], String> {
    if let Some((_, library)) = LIBRARIES.iter().find(|(name, _)| *name == target.name) {
        return Ok(library);
    }
    runtime(target)?;
    Err(format!("libwasmaot does not exist for {} yet; --emit=obj makes an object", target.name))
}

/// A static library of a module's object and libwasmaot.
pub fn archive(object: Vec<u8>, options: &Options) -> Result<Vec<u8>, String> {
    let library = library(&options.target)?;
    let name = options.model.handle().map_or("module", |handle| handle.name.as_str());
    static_library(&[(format!("{name}.o"), &object), ("wasmaot.o".to_owned(), library)], options)
}

/// A static library of objects, of which one is libwasmaot.
pub fn static_library(members: &[(String, &[u8])], options: &Options) -> Result<Vec<u8>, String> {
    let windows = options.target.triple.binary_format == BinaryFormat::Coff;
    let imports = if windows { coff::import_members(options)? } else { Vec::new() };
    let imports = imports.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice()));
    let members: Vec<_> = members.iter().cloned().chain(imports).collect();
    let members: Vec<_> = members
        .iter()
        .map(|(name, bytes)| ar_archive_writer::NewArchiveMember {
            buf: Box::new(bytes),
            object_reader: &ar_archive_writer::DEFAULT_OBJECT_READER,
            member_name: name.clone(),
            mtime: 0,
            uid: 0,
            gid: 0,
            perms: 0o644,
        })
        .collect();
    let mut out = std::io::Cursor::new(Vec::new());
    let kind = ar_archive_writer::ArchiveKind::Gnu;
    ar_archive_writer::write_archive_to_stream(&mut out, &members, kind, false, None)
        .map_err(|error| format!("archive: {error}"))?;
    Ok(out.into_inner())
}

/// A shared library of a module's object and libwasmaot; for Windows, where names are not bound anew when a library is loaded, one that
/// is called `name` and uses libwasmaot's own.
pub fn shared(object: Vec<u8>, options: &Options, linker: Option<&Path>, name: &str) -> Result<Vec<u8>, String> {
    let library = library(&options.target)?;
    if options.target.triple.binary_format == BinaryFormat::Coff {
        return dll(&object, options, linker, name);
    }
    let mut arguments = shared_arguments(options, None)?;
    arguments.extend(build_id(options, &object, library));
    match linker {
        Some(linker) => external(linker, &arguments, object, library),
        None => built_in(&arguments, object, library),
    }
}

/// What the library for C programs is called on Windows.
const DLL: &str = "libwasmaot.dll";

/// What C names of a module begin with.
fn prefix(options: &Options) -> String {
    options.model.handle().map_or(String::new(), |handle| format!("{}_", handle.name))
}

/// What names in libwasmaot begin with.
const PREFIX: &str = "wasmaot_";

fn dll(object: &[u8], options: &Options, linker: Option<&Path>, name: &str) -> Result<Vec<u8>, String> {
    if options.model.handle().is_some_and(|handle| handle.link_imports) {
        return Err(
            "--link-imports: a DLL has no functions that its host defines; use --emit=obj or archive".to_owned()
        );
    }
    let (mut arguments, linker) = (coff::dll_arguments(options)?, Linker::find(linker, &coff::FLAVOR)?);
    arguments.push(format!("/out:{name}"));
    let definition = coff::definition(&coff::exports(object, &prefix(options))?);
    let imports = coff::dll_import_library(options, DLL, &coff::exports(library(&options.target)?, PREFIX)?)?;
    let inputs = [("program.obj", object), ("imports.lib", &imports), ("exports.def", definition.as_bytes())];
    linker.run(&arguments, &inputs, name)
}

/// The import library of a module's DLL of this name; none where shared libraries need none.
pub fn import_library(object: &[u8], options: &Options, dll: &str) -> Result<Option<Vec<u8>>, String> {
    if options.target.triple.binary_format != BinaryFormat::Coff {
        return Ok(None);
    }
    coff::dll_import_library(options, dll, &coff::exports(object, &prefix(options))?).map(Some)
}

/// libwasmaot as a DLL, and its import library.
pub fn library_dll(options: &Options) -> Result<(Vec<u8>, Vec<u8>), String> {
    let library = library(&options.target)?;
    let exports = coff::exports(library, PREFIX)?;
    let (mut arguments, linker) = (coff::dll_arguments(options)?, Linker::find(None, &coff::FLAVOR)?);
    arguments.push(format!("/out:{DLL}"));
    let (imports, definition) = (coff::import_library(options), coff::definition(&exports));
    let inputs = [("wasmaot.obj", library), ("imports.lib", &imports), ("exports.def", definition.as_bytes())];
    let dll = linker.run(&arguments, &inputs, DLL)?;
    Ok((dll, coff::dll_import_library(options, DLL, &exports)?))
}

/// libwasmaot as a shared library.
pub fn shared_library(options: &Options) -> Result<Vec<u8>, String> {
    let library = library(&options.target)?;
    let mut arguments = shared_arguments(options, Some("libwasmaot.so"))?;
    // Its signal handlers stay for good, so it does.
    arguments.extend(["-z", "nodelete"].map(str::to_owned));
    built_in(&arguments, library.to_vec(), &[])
}

fn shared_arguments(options: &Options, name: Option<&str>) -> Result<Vec<String>, String> {
    let (emulation, page) = emulation(options)?;
    let mut arguments = vec!["-m", emulation, "-shared", "--gc-sections", "--hash-style=gnu", "-z"];
    arguments.extend(["noexecstack", "-z", "relro", "-z", "now", "--eh-frame-hdr", "-z"]);
    let mut arguments = with_options(arguments, page, options);
    if let Some(name) = name {
        arguments.extend(["-soname".to_owned(), name.to_owned()]);
    }
    Ok(arguments)
}

/// A program with debug information has a build id, by which debuggers find what belongs together: a hash of all that goes
/// into it. Without debug information it would be of no use.
fn build_id(options: &Options, object: &[u8], library: &[u8]) -> Option<String> {
    if !options.debug_info || options.strip {
        return Some("--build-id=none".to_owned());
    }
    let mut hash = blake3::Hasher::new();
    hash.update(object).update(library);
    let hash = hash.finalize();
    Some(hash.as_bytes()[..BUILD_ID].iter().fold("--build-id=0x".to_owned(), |text, byte| format!("{text}{byte:02x}")))
}

/// Bytes of a build id: as many as other linkers' have.
const BUILD_ID: usize = 20;

/// Arguments that end with `-z`, with the size of pages and what the options ask for.
fn with_options(arguments: Vec<&str>, page: u64, options: &Options) -> Vec<String> {
    let mut arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    arguments.push(format!("max-page-size={page}"));
    if options.strip {
        arguments.push("--strip-all".to_owned());
    }
    arguments
}

/// The runtime of a target: a relocatable object.
pub fn runtime(target: &Target) -> Result<&'static [u8], String> {
    if let Some((_, runtime)) = RUNTIMES.iter().find(|(name, _)| *name == target.name) {
        return Ok(runtime);
    }
    if target.name == "aarch64-windows" {
        return Err("wasmaot has no runtime for aarch64-windows yet; --emit=obj makes an object".to_owned());
    }
    let triple = TARGETS.iter().find(|row| row.name == target.name).map_or("", |row| row.rust_triple);
    Err(format!(
        "this build of wasmaot has no runtime for {}: run `rustup target add {triple}` and build wasmaot again",
        target.name
    ))
}

/// Arguments that all ELF linkers understand, without the names of files.
fn arguments(options: &Options) -> Result<Vec<String>, String> {
    let (emulation, page) = emulation(options)?;
    let mut arguments = vec!["-m", emulation, "-static", "-pie", "--no-dynamic-linker", "--gc-sections"];
    arguments.extend(["-e", START_SYMBOL, "--hash-style=gnu", "-z", "noexecstack"]);
    arguments.extend(["-z", "pack-relative-relocs", "--eh-frame-hdr", "-z"]);
    Ok(with_options(arguments, page, options))
}

/// What ELF linkers call the target, and the bytes of its largest pages.
fn emulation(options: &Options) -> Result<(&'static str, u64), String> {
    let emulation = match options.target.name {
        "x86_64-linux" => "elf_x86_64",
        "aarch64-linux" => "aarch64linux",
        "riscv64-linux" => "elf64lriscv",
        name => return Err(format!("executables of {name} cannot be linked yet")),
    };
    Ok((emulation, options.target.row().map_err(|error| error.to_string())?.page_size))
}

/// Links a program for Windows.
fn windows(object: &[u8], runtime: &[u8], options: &Options, linker: Option<&Path>) -> Result<Vec<u8>, String> {
    let (mut arguments, linker) = (coff::arguments(options)?, Linker::find(linker, &coff::FLAVOR)?);
    let imports = coff::import_library(options);
    arguments.push("/out:program.exe".to_owned());
    let inputs = [("program.obj", object), ("runtime.obj", runtime), ("imports.lib", &imports)];
    linker.run(&arguments, &inputs, "program.exe")
}

/// Links a program for macOS.
fn macos(object: &[u8], runtime: &[u8], options: &Options, linker: Option<&Path>) -> Result<Vec<u8>, String> {
    let (mut arguments, linker) = (macho::arguments(options)?, Linker::find(linker, &macho::FLAVOR)?);
    arguments.extend(["-o".to_owned(), OUTPUT.to_owned()]);
    let stub = macho::stub();
    let inputs = [(PROGRAM, object), (RUNTIME, runtime), (macho::STUB, stub.as_bytes())];
    linker.run(&arguments, &inputs, OUTPUT)
}

/// Does something in a new folder, which is removed afterwards.
fn in_new_folder<T>(f: impl FnOnce(&Path) -> Result<T, String>) -> Result<T, String> {
    let folder = new_folder()?;
    let result = f(&folder);
    let _ = fs::remove_dir_all(&folder);
    result
}

/// Runs another linker on files in a new folder.
fn external(linker: &Path, arguments: &[String], object: Vec<u8>, runtime: &[u8]) -> Result<Vec<u8>, String> {
    in_new_folder(|folder| {
        let file = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
        let (program, library, output) = (folder.join(PROGRAM), folder.join(RUNTIME), folder.join(OUTPUT));
        fs::write(&program, object).map_err(|error| file(&program, error))?;
        fs::write(&library, runtime).map_err(|error| file(&library, error))?;
        let mut command = Command::new(linker);
        command.args(arguments).arg(&program).arg(&library).arg("-o").arg(&output);
        let result = command.output().map_err(|error| file(linker, error))?;
        if !result.status.success() {
            let text = one_line(&String::from_utf8_lossy(&result.stderr));
            return Err(format!("--linker {}: {}: {text}", linker.display(), result.status));
        }
        fs::read(&output).map_err(|error| file(&output, error))
    })
}

/// A folder for temporary files that nobody else has.
fn new_folder() -> Result<PathBuf, String> {
    let parent = std::env::temp_dir();
    for number in 0u32.. {
        let folder = parent.join(format!("wasmaot-link-{}-{number}", std::process::id()));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("{}: {error}", folder.display())),
        }
    }
    Err(format!("{}: full of folders of links that were killed", parent.display()))
}

/// Names of the files in [`Memory`].
const PROGRAM: &str = "program.o";
const RUNTIME: &str = "runtime.o";
const OUTPUT: &str = "program";

/// Runs libwild.
fn built_in(arguments: &[String], mut object: Vec<u8>, runtime: &'static [u8]) -> Result<Vec<u8>, String> {
    mapping::hide(&mut object);
    let mut words = vec!["ld"];
    words.extend(arguments.iter().map(String::as_str));
    words.extend(["--no-identity-comment", PROGRAM]);
    words.extend((!runtime.is_empty()).then_some(RUNTIME));
    words.extend(["-o", OUTPUT]);
    let memory = Memory { program: Arc::new(Mutex::new(Some(object))), runtime, output: Arc::new(Mutex::new(None)) };
    let link = || -> libwild::error::Result {
        let mut arguments = libwild::Args::new(|| words.iter())?;
        arguments.on_warning(Box::new(drop));
        arguments.parse(|| words.iter())?;
        libwild::Linker::with_file_system(memory.clone()).run(&arguments)?;
        Ok(())
    };
    link().map_err(|error| format!("linking: {}", one_line(&error.to_string())))?;
    let output = memory.output.lock().ok().and_then(|mut output| output.take());
    let mut program = output.ok_or_else(|| "linking: no output".to_owned())?;
    mapping::show(&mut program);
    Ok(program)
}

/// A message of several lines as one.
fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The file system of a link: two inputs, the first of which is given away when it is opened, and an output.
#[derive(Clone)]
struct Memory {
    program: Arc<Mutex<Option<Vec<u8>>>>,
    runtime: &'static [u8],
    output: Arc<Mutex<Option<Vec<u8>>>>,
}

#[derive(Debug)]
enum Input {
    Program(Vec<u8>),
    Runtime(&'static [u8]),
}

impl InputFileData for Input {
    fn bytes(&self) -> &[u8] {
        match self {
            Input::Program(bytes) => bytes,
            Input::Runtime(bytes) => bytes,
        }
    }
}

struct Output {
    bytes: Vec<u8>,
    finished: Arc<Mutex<Option<Vec<u8>>>>,
}

impl OutputFileData for Output {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn finish(self) -> libwild::error::Result {
        *self.finished.lock().map_err(|_| libwild::error!("a thread panicked"))? = Some(self.bytes);
        Ok(())
    }
}

impl FileSystem for Memory {
    type Input = Input;
    type Output = Output;

    fn open_input(&self, path: &Path, _: bool) -> libwild::error::Result<(Input, Option<Arc<fs::File>>)> {
        if path == Path::new(RUNTIME) {
            return Ok((Input::Runtime(self.runtime), None));
        }
        let program = match self.program.lock() {
            Ok(mut program) if path == Path::new(PROGRAM) => program.take(),
            _ => None,
        };
        let program = program.ok_or_else(|| libwild::error!("no file {}", path.display()))?;
        Ok((Input::Program(program), None))
    }

    fn file_type(&self, path: &Path) -> libwild::error::Result<FileType> {
        if path == Path::new(PROGRAM) || path == Path::new(RUNTIME) {
            return Ok(FileType::File);
        }
        Err(libwild::error!("no file {}", path.display()))
    }

    fn canonicalize(&self, path: &Path) -> libwild::error::Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn remove_file(&self, path: &Path) -> libwild::error::Result {
        Err(libwild::error!("no file {}", path.display()))
    }

    fn rename_file(&self, path: &Path, _: &Path) -> libwild::error::Result {
        Err(libwild::error!("no file {}", path.display()))
    }

    fn create_output(&self, _: Arc<Path>, options: OutputOptions) -> libwild::error::Result<Output> {
        let size = usize::try_from(options.size).map_err(|_| libwild::error!("the program is too large"))?;
        Ok(Output { bytes: vec![0; size], finished: Arc::clone(&self.output) })
    }

    fn write_auxiliary(&self, path: &Path, _: &[u8]) -> libwild::error::Result {
        Err(libwild::error!("unexpected output {}", path.display()))
    }
}

#[cfg(test)]
mod tests;
