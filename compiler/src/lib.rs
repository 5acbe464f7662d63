//! The wasmaot compiler: WebAssembly bytes in, native object bytes out. No file or process I/O, no unsafe code.
//!
//! [`compile`] is the pipeline. What comes before it: [`parse::to_binary`], [`parse::parse`] and [`link`] make a
//! [`Program`]; what comes after, linking the object with the runtime library, is the CLI's.

pub mod codegen;
pub mod constant;
pub mod debuginfo;
pub mod env;
pub mod error;
pub mod features;
pub mod functions;
pub mod header;
pub mod info;
pub mod layout;
pub mod link;
pub mod module;
pub mod object;
pub mod observer;
pub mod options;
pub mod parse;
pub mod program;
pub mod script;
pub mod survey;
pub mod symbols;
pub mod target;
pub mod targets;
pub mod trampoline;
pub mod translate;
pub mod types;

pub use error::{Error, ErrorKind, Result};
pub use observer::{Observer, Phase};
pub use options::Options;
pub use program::Program;

use functions::Isas;
use options::Emit;

/// Compiles a program to what [`Options::emit`] asks for. The answer does not depend on the number of threads.
pub fn compile(program: &Program<'_>, options: &Options, observer: &dyn Observer) -> Result<Vec<u8>> {
    let isas = Isas::new(options)?;

    observer.begin(Phase::Layout, 0);
    let mut layout = layout::layout(program, options)?;
    let mut data = std::mem::take(&mut layout.data);
    data.push(info::object(program, options));
    observer.end(Phase::Layout, 0);

    let (info, tracked, warnings) = if options.debug_info { debuginfo::read(program) } else { Default::default() };

    observer.begin(Phase::Functions, layout.functions.len());
    let compiled = match options.emit {
        Emit::Object => functions::compile(program, &layout, &isas, options, &tracked, observer)?,
        Emit::Assembly | Emit::Clif => {
            return functions::print(program, &layout, &isas, options, &tracked, observer);
        }
    };
    observer.end(Phase::Functions, compiled.iter().map(|function| function.code.len()).sum());

    let debug = if options.debug_info {
        observer.begin(Phase::Debug, 0);
        let text = object::place(&compiled, &options.target)?;
        let written = debuginfo::write(program, &layout, &compiled, &text, &info, options)?;
        let bytes = written.sections.iter().map(|section| section.bytes.len()).sum::<usize>();
        observer.end(Phase::Debug, bytes + written.lines.len());
        written
    } else {
        Default::default()
    };
    warnings.iter().for_each(|warning| observer.warn(warning));

    observer.begin(Phase::Object, 0);
    let object = object::write(object::Input {
        target: &options.target,
        strip: options.strip,
        functions: compiled,
        infos: &layout.infos,
        exports: &layout.exports,
        linked: &layout.linked,
        data,
        debug: debug.sections,
        lines: debug.lines,
        symbols: &debug.symbols,
        main: debug.main,
        program: layout.parts,
    })?;
    observer.end(Phase::Object, object.len());
    Ok(object)
}
