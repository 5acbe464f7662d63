//! `wasmaot library`: writes libwasmaot, its header, and what build systems find it by, into a folder.

use crate::args::Parsed;
use crate::failure::Failure;
use crate::flags::Id;
use crate::link;
use crate::output::Output;
use crate::settings;
use std::path::{Path, PathBuf};
use wasmaot_compiler::options::Options;

/// The header of the library.
const HEADER: &str = include_str!("../../runtime-lib/include/wasmaot.h");

/// The command.
pub fn command(parsed: &Parsed) -> Result<(), Failure> {
    let prefix = parsed.value(Id::Prefix).map(PathBuf::from);
    let prefix = prefix.ok_or_else(|| Failure::Usage("library: --prefix FOLDER is missing".to_owned()))?;
    let options = Options::new(settings::target(parsed)?);
    let library = link::library(&options.target).map_err(Failure::Failed)?;
    let archive = link::static_library(&[("wasmaot.o".to_owned(), library)], &options).map_err(Failure::Failed)?;
    let windows = options.target.name.ends_with("-windows");
    let mut files = vec![
        ("include/wasmaot.h", HEADER.as_bytes().to_vec()),
        ("lib/libwasmaot.a", archive),
        ("lib/pkgconfig/wasmaot.pc", pkg_config().into_bytes()),
        ("lib/cmake/wasmaot/wasmaot-config.cmake", cmake(windows).into_bytes()),
    ];
    if windows {
        match link::library_dll(&options) {
            Ok((dll, imports)) => files.extend([("bin/libwasmaot.dll", dll), ("lib/libwasmaot.dll.a", imports)]),
            Err(error) => eprintln!("library: without libwasmaot.dll: {error}"),
        }
    } else {
        files.push(("lib/libwasmaot.so", link::shared_library(&options).map_err(Failure::Failed)?));
    }
    for (name, bytes) in files {
        write(&prefix.join(name), &bytes)?;
    }
    Ok(())
}

fn pkg_config() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "prefix=${{pcfiledir}}/../..\n\nName: wasmaot\nDescription: Modules that wasmaot compiled, in C programs\n\
         Version: {version}\nCflags: -I${{prefix}}/include\nLibs: -L${{prefix}}/lib -lwasmaot\n"
    )
}

fn cmake(windows: bool) -> String {
    let mut text =
        "get_filename_component(_wasmaot_prefix \"${CMAKE_CURRENT_LIST_DIR}/../../..\" ABSOLUTE)\n".to_owned();
    let shared = if windows {
        "bin/libwasmaot.dll\"\n    IMPORTED_IMPLIB \"${_wasmaot_prefix}/lib/libwasmaot.dll.a"
    } else {
        "lib/libwasmaot.so"
    };
    for (name, kind, location) in [("wasmaot", "STATIC", "lib/libwasmaot.a"), ("shared", "SHARED", shared)] {
        text.push_str(&format!(
            "if(NOT TARGET wasmaot::{name})\n  add_library(wasmaot::{name} {kind} IMPORTED)\n  \
             set_target_properties(wasmaot::{name} PROPERTIES\n    \
             IMPORTED_LOCATION \"${{_wasmaot_prefix}}/{location}\"\n    \
             INTERFACE_INCLUDE_DIRECTORIES \"${{_wasmaot_prefix}}/include\")\nendif()\n"
        ));
    }
    text
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io(folder, "cannot make the folder", &error))?;
    }
    Output::new(path, Path::new("-"))?.write(bytes, false)
}
