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
    let archive = link::static_library(&[("wasmaot.o".to_owned(), library)]).map_err(Failure::Failed)?;
    let shared = link::shared_library(&options).map_err(Failure::Failed)?;
    let version = env!("CARGO_PKG_VERSION");
    let pkg_config = format!(
        "prefix=${{pcfiledir}}/../..\n\nName: wasmaot\nDescription: Modules that wasmaot compiled, in C programs\n\
         Version: {version}\nCflags: -I${{prefix}}/include\nLibs: -L${{prefix}}/lib -lwasmaot\n"
    );
    let cmake = "get_filename_component(_wasmaot_prefix \"${CMAKE_CURRENT_LIST_DIR}/../../..\" ABSOLUTE)\n\
         if(NOT TARGET wasmaot::wasmaot)\n  \
         add_library(wasmaot::wasmaot STATIC IMPORTED)\n  \
         set_target_properties(wasmaot::wasmaot PROPERTIES\n    \
         IMPORTED_LOCATION \"${_wasmaot_prefix}/lib/libwasmaot.a\"\n    \
         INTERFACE_INCLUDE_DIRECTORIES \"${_wasmaot_prefix}/include\")\nendif()\n\
         if(NOT TARGET wasmaot::shared)\n  \
         add_library(wasmaot::shared SHARED IMPORTED)\n  \
         set_target_properties(wasmaot::shared PROPERTIES\n    \
         IMPORTED_LOCATION \"${_wasmaot_prefix}/lib/libwasmaot.so\"\n    \
         INTERFACE_INCLUDE_DIRECTORIES \"${_wasmaot_prefix}/include\")\nendif()\n";
    let files: [(&str, &[u8]); 5] = [
        ("include/wasmaot.h", HEADER.as_bytes()),
        ("lib/libwasmaot.a", &archive),
        ("lib/libwasmaot.so", &shared),
        ("lib/pkgconfig/wasmaot.pc", pkg_config.as_bytes()),
        ("lib/cmake/wasmaot/wasmaot-config.cmake", cmake.as_bytes()),
    ];
    for (name, bytes) in files {
        write(&prefix.join(name), bytes)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io(folder, "cannot make the folder", &error))?;
    }
    Output::new(path, Path::new("-"))?.write(bytes, false)
}
