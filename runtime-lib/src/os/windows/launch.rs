//! The beginning of the process: arguments and environment, laid out as Linux's kernel leaves them on the initial stack,
//! which is what [`crate::start::process`] reads.

use super::sys::{GetCommandLineW, GetEnvironmentStringsW};
use super::{handles, text};
use alloc::vec::Vec;
use wasmaot_abi::program::Program;

/// Called by the entry point, once.
///
/// # Safety
/// Nothing may have run before; the program must be the compiler's.
pub unsafe extern "C" fn start(program: &'static Program) -> ! {
    handles::start();
    let mut strings = Vec::new();
    // SAFETY: the system's strings stay while the process lives.
    unsafe {
        arguments(units(GetCommandLineW()), &mut strings);
        let count = strings.len();
        let mut block = GetEnvironmentStringsW();
        while *block != 0 {
            let variable = units(block);
            // Those that begin with `=` are the current folders of drives.
            if variable.first() != Some(&u16::from(b'=')) {
                strings.push(utf8(variable));
            }
            block = block.add(variable.len() + 1);
        }
        let mut stack: Vec<usize> = Vec::with_capacity(strings.len() + 6);
        stack.push(count);
        for (index, string) in strings.into_iter().enumerate() {
            if index == count {
                stack.push(0);
            }
            stack.push(string.leak().as_ptr() as usize);
        }
        if stack.len() == count + 1 {
            stack.push(0);
        }
        // The end of the environment, and an auxiliary vector with nothing in it.
        stack.extend([0, 0, 0]);
        crate::start::process(stack.leak().as_ptr(), program)
    }
}

/// # Safety
/// The string must end with NUL and stay.
unsafe fn units(string: *const u16) -> &'static [u16] {
    let mut len = 0;
    // SAFETY: the caller's.
    unsafe {
        while *string.add(len) != 0 {
            len += 1;
        }
        core::slice::from_raw_parts(string, len)
    }
}

/// UTF-8 with a NUL.
fn utf8(string: &[u16]) -> Vec<u8> {
    let mut out = Vec::new();
    text::push_utf8(&mut out, string);
    out.push(0);
    out
}

/// Splits a command line as the C runtime of Windows does: blanks separate; quotes keep them; backslashes before a quote
/// count half, an odd one makes the quote a character; two quotes within quotes are one. Argument 0 knows no backslashes,
/// and gets the slashes of other systems, as its last component is looked for.
fn arguments(line: &[u16], out: &mut Vec<Vec<u8>>) {
    const QUOTE: u16 = b'"' as u16;
    const BACKSLASH: u16 = b'\\' as u16;
    let blank = |unit: u16| unit == u16::from(b' ') || unit == u16::from(b'\t');
    let mut rest = line.iter().copied().peekable();
    let (mut name, mut quoted) = (Vec::new(), false);
    while let Some(unit) = rest.next_if(|&unit| quoted || !blank(unit)) {
        match unit {
            QUOTE => quoted = !quoted,
            BACKSLASH => name.push(u16::from(b'/')),
            unit => name.push(unit),
        }
    }
    out.push(utf8(&name));
    loop {
        while rest.next_if(|&unit| blank(unit)).is_some() {}
        if rest.peek().is_none() {
            return;
        }
        let (mut argument, mut quoted) = (Vec::new(), false);
        while let Some(unit) = rest.next_if(|&unit| quoted || !blank(unit)) {
            match unit {
                BACKSLASH => {
                    let mut count = 1;
                    while rest.next_if_eq(&BACKSLASH).is_some() {
                        count += 1;
                    }
                    let before_quote = rest.peek() == Some(&QUOTE);
                    argument.extend(core::iter::repeat_n(BACKSLASH, if before_quote { count / 2 } else { count }));
                    if before_quote && count % 2 == 1 {
                        rest.next();
                        argument.push(QUOTE);
                    }
                }
                QUOTE if quoted && rest.next_if_eq(&QUOTE).is_some() => argument.push(QUOTE),
                QUOTE => quoted = !quoted,
                unit => argument.push(unit),
            }
        }
        out.push(utf8(&argument));
    }
}
