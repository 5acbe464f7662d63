//! The text of a module's C header. C99 and C++, without warnings.

use super::{Api, ApiExport, ApiImport, function_type, is_simple};
use crate::error::Result;
use crate::module::{ItemKind, Module};
use crate::options::Handle;
use std::fmt::Write;
use wasmparser::{FuncType, ValType};

/// The header of a module.
pub fn text(module: &Module<'_>, handle: &Handle) -> Result<String> {
    let api = Api::of(module, handle)?;
    let name = api.name;
    let mut out = String::new();
    let guard = format!("{}_WASMAOT_H", name);
    let _ = writeln!(
        out,
        "/* The C interface of the module {name}. Made by wasmaot {}; the guide is docs/embedding.md.\n \
         *\n \
         * NAME_try_* functions return a status; of the others a trap ends the process, unless a call with a status is\n \
         * running on the thread: then it ends that call. */\n\
         #ifndef {guard}\n#define {guard}\n\n#include <wasmaot.h>\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n\
         /* An instance; it can be cast to wasmaot_instance. */\n\
         typedef struct {name}_instance {name}_instance;\n\n\
         /* The module. */\n\
         extern const wasmaot_module {name}_module;\n",
        env!("CARGO_PKG_VERSION"),
    );
    imports(&mut out, &api)?;
    let _ = writeln!(
        out,
        "/* Makes an instance. `config` may be null. */\n\
         static inline wasmaot_status {name}_new(const wasmaot_config *config, const {name}_imports *imports,\n    \
         {name}_instance **instance)\n{{\n    \
         wasmaot_instance *made;\n    \
         wasmaot_status status = wasmaot_new(&{name}_module, config, imports, &made);\n    \
         *instance = ({name}_instance *)made;\n    \
         return status;\n}}\n\n\
         /* Ends an instance. Null is allowed. */\n\
         static inline void {name}_delete({name}_instance *instance)\n{{\n    \
         wasmaot_delete((wasmaot_instance *)instance);\n}}\n"
    );
    for export in &api.exports {
        match export.declared.kind {
            ItemKind::Function => function(&mut out, &api, export)?,
            ItemKind::Memory => {
                let _ = writeln!(
                    out,
                    "/* (memory (export {})) */\nwasmaot_memory *{name}_{}(const {name}_instance *instance);\n",
                    quoted(export.declared.name),
                    export.name
                );
            }
            ItemKind::Table => {
                let _ = writeln!(
                    out,
                    "/* (table (export {})) */\nwasmaot_table *{name}_{}(const {name}_instance *instance);\n",
                    quoted(export.declared.name),
                    export.name
                );
            }
            ItemKind::Global => global(&mut out, &api, export),
        }
    }
    let _ = writeln!(out, "#ifdef __cplusplus\n}}\n#endif\n\n#endif");
    Ok(out)
}

/// The structure of imports.
fn imports(out: &mut String, api: &Api<'_, '_>) -> Result<()> {
    let name = api.name;
    let _ = writeln!(
        out,
        "/* What the module imports. A function gets its own context, or if that is null the one of all. */\n\
         typedef struct {name}_imports {{\n    void *context;"
    );
    for import in &api.imports {
        let declared = &import.declared;
        let (module, item) = (quoted(declared.module), quoted(declared.name));
        match declared.kind {
            ItemKind::Function => {
                let ty = function_type(api.module, declared.index)?;
                let _ = writeln!(out, "    /* (import {module} {item} (func{})) */", signature(ty));
                import_function(out, import, ty);
                let _ = writeln!(out, "    void *{}_context;", import.name);
            }
            ItemKind::Memory => {
                let _ =
                    writeln!(out, "    /* (import {module} {item} (memory)) */\n    wasmaot_memory *{};", import.name);
            }
            ItemKind::Table => {
                let _ =
                    writeln!(out, "    /* (import {module} {item} (table)) */\n    wasmaot_table *{};", import.name);
            }
            ItemKind::Global => {
                let ty = api.module.globals[declared.index as usize].ty;
                let constant = if ty.mutable { "" } else { "const " };
                let _ = writeln!(
                    out,
                    "    /* (import {module} {item} (global {})) */\n    {constant}{} *{};",
                    ty.content_type,
                    c_type(ty.content_type),
                    import.name
                );
            }
        }
    }
    let _ = writeln!(out, "}} {name}_imports;\n");
    for import in &api.imports {
        if let Some(symbol) = api.linked(import) {
            let ty = function_type(api.module, import.declared.index)?;
            let (result, parameters) = if is_simple(ty) {
                (ty.results().first().map_or("void", |ty| c_type(*ty)), parameters(ty))
            } else {
                ("void", ", wasmaot_value *cells".to_owned())
            };
            let _ = writeln!(
                out,
                "/* To be defined by the host: called where the structure has a null pointer. */\n\
                 {result} {symbol}(void *context{parameters});\n"
            );
        }
    }
    Ok(())
}

fn import_function(out: &mut String, import: &ApiImport<'_>, ty: &FuncType) {
    if !is_simple(ty) {
        let _ = writeln!(
            out,
            "    /* Parameters in cells[0], cells[1], ...; results are written to the same places. */\n    \
             void (*{})(void *context, wasmaot_value *cells);",
            import.name
        );
        return;
    }
    let result = ty.results().first().map_or("void", |ty| c_type(*ty));
    let _ = writeln!(out, "    {result} (*{})(void *context{});", import.name, parameters(ty));
}

/// `, int32_t p0, double p1`
fn parameters(ty: &FuncType) -> String {
    let one = |(index, ty): (usize, &ValType)| format!(", {} p{index}", c_type(*ty));
    ty.params().iter().enumerate().map(one).collect()
}

fn function(out: &mut String, api: &Api<'_, '_>, export: &ApiExport<'_>) -> Result<()> {
    let ty = function_type(api.module, export.declared.index)?;
    let (name, item) = (api.name, &export.name);
    let cells = api.symbol(&export.cells);
    let _ = writeln!(
        out,
        "/* (func (export {}){}) */\nvoid {cells}(void *instance, wasmaot_value *cells);",
        quoted(export.declared.name),
        signature(ty)
    );
    let (result_type, out_parameter) = match ty.results() {
        [] => ("void".to_owned(), String::new()),
        [one] => (c_type(*one).to_owned(), format!(", {} *result", c_type(*one))),
        many => {
            let _ = writeln!(out, "typedef struct {name}_{item}_results {{");
            for (index, ty) in many.iter().enumerate() {
                let _ = writeln!(out, "    {} r{index};", c_type(*ty));
            }
            let _ = writeln!(out, "}} {name}_{item}_results;");
            (format!("{name}_{item}_results"), format!(", {name}_{item}_results *results"))
        }
    };
    let parameters = parameters(ty);
    let count = ty.params().len().max(ty.results().len()).max(1);
    let mut arguments = String::new();
    for (index, ty) in ty.params().iter().enumerate() {
        let _ = writeln!(arguments, "    cells[{index}].{} = p{index};", field(*ty));
    }
    if export.is_simple {
        let _ = writeln!(out, "{result_type} {name}_{item}({name}_instance *instance{parameters});");
    } else {
        let _ = writeln!(
            out,
            "static inline {result_type} {name}_{item}({name}_instance *instance{parameters})\n{{\n    \
             wasmaot_value cells[{count}];"
        );
        if ty.results().len() > 1 {
            let _ = writeln!(out, "    {result_type} results;");
        }
        let _ = writeln!(out, "{arguments}    {cells}(instance, cells);");
        match ty.results() {
            [] => {}
            [one] => drop(writeln!(out, "    return cells[0].{};", field(*one))),
            many => {
                for (index, ty) in many.iter().enumerate() {
                    let _ = writeln!(out, "    results.r{index} = cells[{index}].{};", field(*ty));
                }
                let _ = writeln!(out, "    return results;");
            }
        }
        let _ = writeln!(out, "}}");
    }
    let _ = writeln!(
        out,
        "static inline wasmaot_status {name}_try_{item}({name}_instance *instance{parameters}{out_parameter})\n{{\n    \
         wasmaot_value cells[{count}];\n    wasmaot_status status;\n{arguments}    \
         status = wasmaot_call((wasmaot_instance *)instance, {cells}, cells);"
    );
    match ty.results() {
        [] => {}
        [one] => {
            let _ = writeln!(out, "    if (status == WASMAOT_OK)\n        *result = cells[0].{};", field(*one));
        }
        many => {
            let _ = writeln!(out, "    if (status == WASMAOT_OK) {{");
            for (index, ty) in many.iter().enumerate() {
                let _ = writeln!(out, "        results->r{index} = cells[{index}].{};", field(*ty));
            }
            let _ = writeln!(out, "    }}");
        }
    }
    let _ = writeln!(out, "    return status;\n}}\n");
    Ok(())
}

fn global(out: &mut String, api: &Api<'_, '_>, export: &ApiExport<'_>) {
    let ty = api.module.globals[export.declared.index as usize].ty;
    let (name, item, value) = (api.name, &export.name, c_type(ty.content_type));
    let (constant, mutable) = if ty.mutable { ("", "mut ") } else { ("const ", "") };
    let _ = writeln!(
        out,
        "/* (global (export {}) {mutable}{}) */\n{constant}{value} *{name}_{item}({name}_instance *instance);\n\
         static inline {value} {name}_get_{item}({name}_instance *instance)\n{{\n    return *{name}_{item}(instance);\n}}",
        quoted(export.declared.name),
        ty.content_type
    );
    if ty.mutable {
        let _ = writeln!(
            out,
            "static inline void {name}_set_{item}({name}_instance *instance, {value} value)\n{{\n    \
             *{name}_{item}(instance) = value;\n}}"
        );
    }
    out.push('\n');
}

/// ` (param i32 i64) (result f32)`
fn signature(ty: &FuncType) -> String {
    let list = |word: &str, types: &[ValType]| {
        let types: Vec<String> = types.iter().map(ToString::to_string).collect();
        if types.is_empty() { String::new() } else { format!(" ({word} {})", types.join(" ")) }
    };
    list("param", ty.params()) + &list("result", ty.results())
}

/// A name of the module, in a comment.
fn quoted(name: &str) -> String {
    let mut text = String::from("\"");
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => text.push(c),
            ' ' | '_' | '-' | '.' | ':' | ';' | '$' | '#' | '@' | '+' | '=' | '<' | '>' | '[' | ']' | '(' | ')' => {
                text.push(c)
            }
            c => drop(write!(text, "\\u{{{:x}}}", u32::from(c))),
        }
    }
    text + "\""
}

/// The C type of a value.
fn c_type(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "int32_t",
        ValType::I64 => "int64_t",
        ValType::F32 => "float",
        ValType::F64 => "double",
        ValType::V128 => "wasmaot_v128",
        ValType::Ref(reference) if reference.is_extern_ref() => "wasmaot_externref",
        ValType::Ref(_) => "wasmaot_funcref",
    }
}

/// Its field of `wasmaot_value`.
fn field(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        ValType::V128 => "v128",
        ValType::Ref(reference) if reference.is_extern_ref() => "externref",
        ValType::Ref(_) => "funcref",
    }
}
