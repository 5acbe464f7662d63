//! Windows: object + embedded runtime -> .exe, with whatever linker for COFF there is: the one of Rust's toolchain
//! (`rust-lld`), LLVM's (`lld-link`), or that of `--linker`, which must take the same arguments (`link.exe` does).
//!
//! No library is needed beside the linker: which functions the runtime imports, and from where, stands in its source
//! ([`IMPORTS`]), and [`import_library`] makes from it what linkers take for that.

use super::lld::Flavor;
use object::{Object, ObjectSymbol};
use wasmaot_abi::program::START_SYMBOL;
use wasmaot_compiler::Options;

/// Functions that the runtime imports: `library function`, one a line.
const IMPORTS: &str = include_str!("../../../runtime-lib/src/os/windows/imports.txt");

/// The linker for COFF.
pub const FLAVOR: Flavor = Flavor { option: "link", program: "lld-link", system: "Windows" };

/// Arguments of an executable's link, without the names of files.
pub fn arguments(options: &Options) -> Result<Vec<String>, String> {
    // What `stack.rs` of the runtime asks for: the system makes the stack of the first thread as large as this.
    let stack = options.stack_size.next_multiple_of(0x1_0000);
    let mut arguments = common(options)?;
    arguments.push(format!("/entry:{START_SYMBOL}"));
    arguments.extend(["/subsystem:console", "/largeaddressaware"].map(str::to_owned));
    arguments.push(format!("/stack:{stack},0x20000"));
    Ok(arguments)
}

/// Arguments of a DLL's link, without the names of files. It runs nothing when it is loaded.
pub fn dll_arguments(options: &Options) -> Result<Vec<String>, String> {
    let mut arguments = common(options)?;
    arguments.extend(["/dll", "/noentry", "/noimplib"].map(str::to_owned));
    Ok(arguments)
}

fn common(options: &Options) -> Result<Vec<String>, String> {
    let machine = match options.target.name {
        "x86_64-windows" => "x64",
        name => return Err(format!("executables of {name} cannot be linked yet; --emit=obj makes an object")),
    };
    let arguments = [
        "/nologo",
        "/nodefaultlib",
        "/opt:ref",
        "/opt:noicf",
        "/incremental:no",
        "/manifest:no",
        "/dynamicbase",
        "/highentropyva",
        "/nxcompat",
        // The same input gives the same bytes: a hash where others have the time.
        "/Brepro",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
    arguments.insert(1, format!("/machine:{machine}"));
    Ok(arguments)
}

/// The names in an object that a DLL of it exports: all that are global and begin like this.
pub fn exports(object: &[u8], prefix: &str) -> Result<Vec<String>, String> {
    let file = object::File::parse(object).map_err(|error| format!("the object: {error}"))?;
    let symbols = file.symbols().filter(|symbol| symbol.is_global() && symbol.is_definition());
    let names = symbols.filter_map(|symbol| symbol.name().ok().map(str::to_owned));
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// What tells a linker the names that a DLL exports.
pub fn definition(exports: &[String]) -> String {
    let mut text = "EXPORTS\n".to_owned();
    for name in exports {
        text.push_str(name);
        text.push('\n');
    }
    text
}

/// An import library of a DLL, for all linkers. All is imported as code, so that C needs no `dllimport`: the address of what is none,
/// a module or the symbol of the ABI, is that of a jump there, behind which the library looks (`os/windows/library.rs`).
pub fn dll_import_library(options: &Options, dll: &str, exports: &[String]) -> Result<Vec<u8>, String> {
    use ar_archive_writer::{COFFShortExport, MachineTypes, write_import_library};
    let aarch64 = options.target.name.starts_with("aarch64");
    let machine = if aarch64 { MachineTypes::ARM64 } else { MachineTypes::AMD64 };
    let export = |name: &String| COFFShortExport {
        name: name.clone(),
        ext_name: None,
        symbol_name: None,
        import_name: None,
        export_as: None,
        ordinal: 0,
        noname: false,
        data: false,
        private: false,
        constant: false,
    };
    let exports: Vec<COFFShortExport> = exports.iter().map(export).collect();
    let mut out = std::io::Cursor::new(Vec::new());
    write_import_library(&mut out, dll, &exports, machine, false, false, &[])
        .map_err(|error| format!("{dll}: import library: {error}"))?;
    Ok(out.into_inner())
}

/// An import library: an archive of one short member for each function.
pub fn import_library(options: &Options) -> Vec<u8> {
    let machine: u16 = if options.target.name.starts_with("aarch64") { 0xaa64 } else { 0x8664 };
    let members: Vec<(&str, Vec<u8>)> = IMPORTS
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(library, function)| (function, import(machine, library, function)))
        .collect();
    // The archive's index: number of symbols, the places of their members, their names.
    let names = |function: &str| [function.to_owned(), format!("__imp_{function}")];
    let strings: usize = members.iter().flat_map(|(function, _)| names(function)).map(|name| name.len() + 1).sum();
    let index_size = 4 + 8 * members.len() + strings;
    let mut places = Vec::new();
    let mut at = 8 + 60 + index_size.next_multiple_of(2);
    for (_, member) in &members {
        places.push(at as u32);
        at += 60 + member.len().next_multiple_of(2);
    }
    let mut index = (2 * members.len() as u32).to_be_bytes().to_vec();
    for place in places {
        index.extend([place.to_be_bytes(), place.to_be_bytes()].concat());
    }
    for name in members.iter().flat_map(|(function, _)| names(function)) {
        index.extend(name.bytes());
        index.push(0);
    }
    let mut out = b"!<arch>\n".to_vec();
    add_member(&mut out, "/", &index);
    for (_, member) in &members {
        add_member(&mut out, "import/", member);
    }
    out
}

/// Members of a static library with what the runtime imports from `ntdll.dll`, which no C compiler links by itself.
pub fn import_members(options: &Options) -> Result<Vec<(String, Vec<u8>)>, String> {
    const NTDLL: &str = "ntdll.dll";
    let functions = IMPORTS.lines().filter_map(|line| line.split_once(' ')).filter(|(library, _)| *library == NTDLL);
    let functions: Vec<String> = functions.map(|(_, function)| function.to_owned()).collect();
    let library = dll_import_library(options, NTDLL, &functions)?;
    let fail = |error: object::Error| format!("{NTDLL}: import library: {error}");
    let archive = object::read::archive::ArchiveFile::parse(library.as_slice()).map_err(fail)?;
    let members = archive.members().map(|member| {
        let member = member?;
        Ok((NTDLL.to_owned(), member.data(library.as_slice())?.to_vec()))
    });
    members.collect::<Result<_, object::Error>>().map_err(fail)
}

fn add_member(archive: &mut Vec<u8>, name: &str, content: &[u8]) {
    let size = content.len();
    archive.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 0).bytes());
    archive.extend_from_slice(content);
    if !size.is_multiple_of(2) {
        archive.push(b'\n');
    }
}

/// A short import: its marks, the machine, a function found by its own name.
fn import(machine: u16, library: &str, function: &str) -> Vec<u8> {
    const CODE_BY_NAME: u16 = 1 << 2;
    let mut out = Vec::new();
    let size = (function.len() + library.len() + 2) as u32;
    out.extend([0, 0xffff, 0, machine].iter().flat_map(|half: &u16| half.to_le_bytes()));
    out.extend(0u32.to_le_bytes()); // time
    out.extend(size.to_le_bytes());
    out.extend([0, CODE_BY_NAME].iter().flat_map(|half: &u16| half.to_le_bytes()));
    for text in [function, library] {
        out.extend(text.bytes());
        out.push(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmaot_compiler::target::Target;

    #[test]
    fn the_dll_exports_what_the_header_declares() {
        let Some((_, library)) = crate::link::LIBRARIES.iter().find(|(name, _)| *name == "x86_64-windows") else {
            return eprintln!("no library for x86_64-windows: not tested");
        };
        let exports = exports(library, "wasmaot_").unwrap();
        assert!(exports.iter().any(|name| name == wasmaot_abi::embed::ABI_SYMBOL));
        let elsewhere = ["wasmaot_try_handle", "wasmaot_wasi_config_stream_fd"];
        let header = include_str!("../../../runtime-lib/include/wasmaot.h");
        let declared = header.lines().filter(|line| !line.starts_with([' ', '/', '#']) && !line.starts_with("typedef"));
        let mut count = 0;
        for line in declared {
            let Some((before, _)) = line.split_once('(') else { continue };
            let name = before.rsplit([' ', '*']).next().unwrap();
            if name.starts_with("wasmaot_") && !elsewhere.contains(&name) {
                assert!(exports.iter().any(|export| export == name), "{name} is not exported");
                count += 1;
            }
        }
        assert!(count > 30, "{count} functions");
        // What the runtime imports is in the list.
        let file = object::File::parse(*library).unwrap();
        for symbol in file.symbols().filter(|symbol| symbol.is_undefined()) {
            let name = symbol.name().unwrap();
            let known = IMPORTS.lines().any(|line| line.split_once(' ').is_some_and(|(_, import)| import == name));
            assert!(known, "{name} is not in imports.txt");
        }
    }

    #[test]
    fn the_import_library_has_every_function_twice() {
        let options = Options::new(Target::parse("x86_64-windows").unwrap());
        let library = import_library(&options);
        let archive = object::read::archive::ArchiveFile::parse(library.as_slice()).unwrap();
        let symbols: Vec<_> = archive.symbols().unwrap().unwrap().map(|symbol| symbol.unwrap()).collect();
        assert_eq!(symbols.len(), 2 * IMPORTS.lines().count());
        for (symbol, line) in symbols.iter().step_by(2).zip(IMPORTS.lines()) {
            assert_eq!(symbol.name(), line.split_once(' ').unwrap().1.as_bytes());
            let member = archive.member(symbol.offset()).unwrap().data(library.as_slice()).unwrap();
            let import = object::read::coff::ImportFile::parse(member).unwrap();
            let (dll, name) = line.split_once(' ').unwrap();
            assert_eq!((import.dll(), import.symbol()), (dll.as_bytes(), name.as_bytes()));
        }
    }
}
