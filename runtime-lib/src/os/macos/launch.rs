//! The beginning of the process: what dyld calls. Arguments and environment are laid out as Linux's kernel leaves them on
//! the initial stack, which is what [`crate::start::process`] reads.

use super::map;
use wasmaot_abi::program::Program;

unsafe extern "C" {
    #[link_name = "wasmaot_program"]
    static PROGRAM: Program;
}

/// The C entry point: dyld has relocated the program and started libSystem.
///
/// # Safety
/// Called once, by the system.
#[unsafe(no_mangle)]
unsafe extern "C" fn main(argc: i32, argv: *const usize, envp: *const usize) -> i32 {
    // SAFETY: the system's vectors end with null; the program is the compiler's.
    unsafe {
        let argc = argc.max(0) as usize;
        let mut variables = 0;
        while *envp.add(variables) != 0 {
            variables += 1;
        }
        // Number, arguments, null, variables, null, an auxiliary vector with nothing in it.
        let words = argc + variables + 5;
        let Ok(stack) = map::allocate(words * size_of::<usize>()) else {
            crate::start::fail("no memory for its arguments");
        };
        let stack = stack.cast::<usize>();
        stack.write(argc);
        core::ptr::copy_nonoverlapping(argv, stack.add(1), argc);
        core::ptr::copy_nonoverlapping(envp, stack.add(argc + 2), variables);
        crate::start::process(stack, &*(&raw const PROGRAM))
    }
}
