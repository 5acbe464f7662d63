//! What the process was started with: arguments and environment, as the program may see them. Both are read from the
//! process's own strings each time, since most programs ask once or never.

use core::ffi::{CStr, c_char};

use alloc::vec::Vec;

use super::grants::{Grants, Kind};

/// A vector of the process (`argv`, `envp`).
#[derive(Clone, Copy, Debug)]
pub struct Strings(&'static [*const u8]);

impl Strings {
    /// None.
    pub const NONE: Strings = Strings(&[]);

    /// A vector with this many strings.
    ///
    /// # Safety
    /// The vector must have `count` pointers to NUL-terminated strings; all must stay valid and unchanged.
    pub unsafe fn new(vector: *const *const u8, count: usize) -> Strings {
        // SAFETY: the caller's.
        Strings(unsafe { core::slice::from_raw_parts(vector, count) })
    }

    /// A vector that ends with a null pointer.
    ///
    /// # Safety
    /// As for [`Strings::new`], up to the null pointer.
    pub unsafe fn null_terminated(vector: *const *const u8) -> Strings {
        let mut count = 0;
        // SAFETY: the caller's.
        unsafe {
            while !(*vector.add(count)).is_null() {
                count += 1;
            }
            Strings::new(vector, count)
        }
    }

    /// The strings, without their NULs.
    pub fn iter(self) -> impl Iterator<Item = &'static [u8]> + Clone {
        self.starting_with(b"")
    }

    /// The strings that start with this. Of the others not even the length is looked at.
    pub fn starting_with(self, prefix: &'static [u8]) -> impl Iterator<Item = &'static [u8]> + Clone {
        self.0.iter().filter_map(move |&string| {
            // SAFETY: new() was promised that they are strings and stay. The prefix has no NUL, so the first byte that
            // differs is in the string.
            unsafe {
                let same = prefix.iter().enumerate().all(|(at, &byte)| *string.add(at) == byte);
                same.then(|| CStr::from_ptr(string.cast::<c_char>()).to_bytes())
            }
        })
    }
}

/// Arguments, environment and grants of the program.
#[derive(Debug)]
pub struct Launch {
    /// The process's arguments.
    pub arguments: Strings,
    /// The process's environment.
    pub environment: Strings,
    /// What the program may see of it.
    pub grants: Option<Grants<'static>>,
    /// What an embedder gives an instance, instead of all that.
    pub owned: Option<Owned>,
}

/// Arguments and environment that an embedder gives.
#[derive(Clone, Debug, Default)]
pub struct Owned {
    /// Arguments.
    pub arguments: Vec<Vec<u8>>,
    /// Environment, `NAME=VALUE` each.
    pub environment: Vec<Vec<u8>>,
}

impl Launch {
    /// Nothing.
    pub const NONE: Launch = Launch { arguments: Strings::NONE, environment: Strings::NONE, grants: None, owned: None };

    /// The arguments. The first is the granted one, or the last component of the process's own: a program sees the name
    /// of its file, not where that is.
    pub fn arguments(&self) -> impl Iterator<Item = &[u8]> {
        let granted = self.grants.as_ref().and_then(|grants| Some(grants.last(Kind::Arg0)?.text));
        let mut arguments = self.arguments.iter().map(|argument| -> &[u8] { argument });
        let own = arguments.next().map(|path| path.rsplit(|&byte| byte == b'/').next().unwrap_or(path));
        let given = self.owned.iter().flat_map(|owned| owned.arguments.iter().map(Vec::as_slice));
        given.chain(granted.or(own)).chain(arguments)
    }

    /// The environment, `NAME=VALUE` each.
    pub fn environment(&self) -> Vec<&[u8]> {
        if let Some(owned) = &self.owned {
            return owned.environment.iter().map(Vec::as_slice).collect();
        }
        match &self.grants {
            Some(grants) => grants.environment(self.environment.iter().map(|variable| -> &[u8] { variable })),
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(strings: &[&str]) -> Strings {
        let leak = |string: &&str| -> *const u8 { std::ffi::CString::new(*string).unwrap().into_raw().cast() };
        let mut vector: Vec<_> = strings.iter().map(leak).collect();
        vector.push(core::ptr::null());
        // SAFETY: leaked, and null at the end.
        unsafe { Strings::null_terminated(vector.leak().as_ptr()) }
    }

    #[test]
    fn argument_0_is_the_file_name() {
        let arguments = |own: &[&str], arg0: Option<&'static str>| -> Vec<String> {
            let section = arg0.map_or(Vec::new(), |text| [b"arg0\0", text.as_bytes(), b"\0"].concat()).leak();
            let grants = Grants::from_section(section).unwrap();
            let launch = Launch { arguments: strings(own), grants: Some(grants), ..Launch::NONE };
            launch.arguments().map(|text| String::from_utf8(text.to_vec()).unwrap()).collect()
        };
        assert_eq!(arguments(&["./a/b", "c/d", ""], None), ["b", "c/d", ""]);
        assert_eq!(arguments(&["b"], None), ["b"]);
        assert_eq!(arguments(&["/x/"], None), [""]);
        assert_eq!(arguments(&["./a/b", "c"], Some("x/y")), ["x/y", "c"]);
        assert_eq!(arguments(&[], Some("x")), ["x"]);
        assert!(arguments(&[], None).is_empty());
    }

    #[test]
    fn environment_is_what_the_grants_say() {
        let environment = strings(&["A=1", "WASMAOT_DIR=.", "B="]);
        let grants = Grants::from_section(b"env-inherit-all\0").unwrap();
        assert!(Launch { environment, ..Launch::NONE }.environment().is_empty());
        let launch = Launch { environment, grants: Some(grants), ..Launch::NONE };
        assert_eq!(launch.environment(), [b"A=1", &b"B="[..]]);
    }
}
