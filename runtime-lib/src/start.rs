//! The life of a process: [`process`] is the whole order of it.

use crate::instance::{self, Failure};
use crate::message::Message;
use crate::os::process::exit;
use crate::{memory, relocate, script, stack, trap, wasi};
use wasmaot_abi::ABI_VERSION;
use wasmaot_abi::program::{PROGRAM_SCRIPT, Program};

/// Exit code of a program that could not be started: its memory, its version, its grants.
pub const EXIT_START: i32 = 125;

/// What the kernel gave the process, and what the compiler grants it; for [`wasi::start`].
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Number of arguments.
    pub argc: usize,
    /// Arguments, NUL-terminated, then null.
    pub argv: *const *const u8,
    /// Environment, NUL-terminated `NAME=VALUE`, then null.
    pub envp: *const *const u8,
    /// Auxiliary vector: pairs of key and value, then a zero key.
    pub auxv: *const [usize; 2],
    /// Grants ([`wasmaot_abi::grant`]).
    pub grants: &'static [u8],
}

/// Limits that [`wasi::start`] finds among the grants.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes that all memories together may have.
    pub max_memory: u64,
    /// Milliseconds until the program is interrupted; 0 is never.
    pub timeout: u64,
}

impl Limits {
    /// No limits.
    pub const NONE: Limits = Limits { max_memory: u64::MAX, timeout: 0 };
}

/// Everything, from the kernel's first instruction to exit.
///
/// # Safety
/// Called once, by the entry point ([`crate::arch`]), with the initial stack of the process and the program.
pub unsafe extern "C" fn process(initial_stack: *const usize, program: &'static Program) -> ! {
    // SAFETY: the kernel built the initial stack, the compiler and linker the program; this runs once, before all else.
    unsafe {
        let mut process = read_initial_stack(initial_stack);
        relocate::apply(process.auxv);
        if program.version != ABI_VERSION {
            fail("the program and its runtime library are of different versions of wasmaot");
        }
        instance::set_program(program);
        trap::install();
        if stack::map(program.stack_size).is_err() {
            fail("the stack could not be mapped (raise `ulimit -v`, or compile with a smaller --stack-size)");
        }
        process.grants = instance::rows(program.grants, program.grants_len);
        let limits = wasi::start(&process);
        memory::set_limit(limits.max_memory);
        if limits.timeout != 0 {
            trap::set_timeout(limits.timeout);
        }
        stack::run(run, core::ptr::from_ref(program).cast_mut().cast());
        exit(0)
    }
}

/// # Safety
/// `stack` must be the initial stack of the process.
unsafe fn read_initial_stack(stack: *const usize) -> Process {
    // SAFETY: the layout of the System V ABI: argc, argv, null, envp, null, auxv.
    unsafe {
        let argc = *stack;
        let argv = stack.add(1);
        let envp = argv.add(argc + 1);
        let mut end = envp;
        while *end != 0 {
            end = end.add(1);
        }
        Process { argc, argv: argv.cast(), envp: envp.cast(), auxv: end.add(1).cast(), grants: &[] }
    }
}

/// What runs on the wasm stack: instantiate all, then `main`, or the script driver.
///
/// # Safety
/// `data` must be the program; on the wasm stack.
pub unsafe extern "C" fn run(data: *mut u8) {
    // SAFETY: process() passes the program; compiled code is called as the abi says.
    unsafe {
        let program = &*data.cast::<Program>();
        if program.flags & PROGRAM_SCRIPT != 0 {
            return script::run(program).unwrap_or_else(|failure| fail(reason(failure)));
        }
        for instance in instance::instances(program) {
            instance::instantiate(instance).unwrap_or_else(|failure| fail(reason(failure)));
        }
        if let Some(main) = program.main {
            main();
        }
    }
}

/// Says why the program cannot run, and ends it.
pub fn fail(reason: &str) -> ! {
    Message::new().text("wasmaot: cannot start: ").text(reason).text("\n").send();
    exit(EXIT_START)
}

fn reason(failure: Failure) -> &'static str {
    match failure {
        Failure::LowAddresses => {
            "8 GiB of address space from 0x10000 (with -g -O0 from 0x100000000) could not be reserved, though elsewhere they \
             could (low addresses are not allowed here: vm.mmap_min_addr, an emulator, valgrind); compile with \
             --memory-base=register"
        }
        Failure::AddressSpace => {
            "the address space of a memory or table (8 GiB for a 32-bit memory) could not be reserved: `ulimit -v` is too \
             low, or the system gives a process less"
        }
        Failure::Limit => "its memories are larger than the limit (--max-memory)",
        Failure::Commit => "the system has not enough memory for the program's initial memory",
        Failure::Malformed => "the program contradicts itself (a bug of the compiler)",
    }
}
