//! Names that the interface of a module must not declare, because C, C++ or a header that the host may include has them.
//! Every name that is asked for has an underscore in it, so only such are here.

/// Whether a name is in capitals only, so that it may be a macro: headers define too many to list.
pub fn is_macro(name: &str) -> bool {
    !name.chars().any(|c| c.is_ascii_lowercase())
}

/// Whether a name is the compiler's by its form: `__attribute__`, `_Static_assert`.
pub fn is_reserved(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next() == Some('_') && chars.next().is_some_and(|c| c == '_' || c.is_ascii_uppercase())
}

/// Whether a name is a keyword, a type, or a macro in small letters.
pub fn is_word(name: &str) -> bool {
    WORDS.contains(&name) || name.starts_with("WASMAOT_") || is_type(name)
}

/// `int32_t`, and the other types of `<stdint.h>`; types of `wasmaot.h`.
fn is_type(name: &str) -> bool {
    let integer = || {
        let name = name.strip_suffix("_t")?;
        let name = name.strip_prefix('u').unwrap_or(name).strip_prefix("int")?;
        let width = name.strip_prefix("_least").or_else(|| name.strip_prefix("_fast")).unwrap_or(name);
        Some(matches!(width, "8" | "16" | "32" | "64" | "max" | "ptr"))
    };
    name.starts_with("wasmaot_") || integer().unwrap_or(false)
}

const WORDS: &[&str] = &[
    // Keywords of C++, and of C with <assert.h>, <stdalign.h> and <threads.h>.
    "and_eq",
    "not_eq",
    "or_eq",
    "xor_eq",
    "const_cast",
    "dynamic_cast",
    "reinterpret_cast",
    "static_cast",
    "static_assert",
    "thread_local",
    "co_await",
    "co_return",
    "co_yield",
    "typeof_unqual",
    // Types.
    "char8_t",
    "char16_t",
    "char32_t",
    "wchar_t",
    "wint_t",
    "size_t",
    "ssize_t",
    "off_t",
    "ptrdiff_t",
    "nullptr_t",
    "max_align_t",
    "sig_atomic_t",
    "va_list",
    // Macros: <stdarg.h>, <stdatomic.h>, <sys/stat.h>, <signal.h>, <netdb.h>.
    "va_arg",
    "va_copy",
    "va_end",
    "va_start",
    "atomic_init",
    "kill_dependency",
    "st_atime",
    "st_ctime",
    "st_mtime",
    "sa_handler",
    "sa_sigaction",
    "si_addr",
    "si_band",
    "si_fd",
    "si_pid",
    "si_status",
    "si_uid",
    "si_value",
    "h_addr",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_macros() {
        for name in ["int32_t", "uint_fast8_t", "uintptr_t", "intmax_t", "va_start", "wasmaot_call", "WASMAOT_OK"] {
            assert!(is_word(name), "{name}");
        }
        for name in ["int_t", "int33_t", "env_log", "uint_leastptr", "wasm_call"] {
            assert!(!is_word(name), "{name}");
        }
        assert!(["INT32_MAX", "A_1", "_"].into_iter().all(is_macro) && !is_macro("env_FOO"));
        assert!(["_Static_assert", "__attribute__"].into_iter().all(is_reserved));
        assert!(!["_7zip_run", "_f", "env__f", "_"].into_iter().any(is_reserved));
    }
}
