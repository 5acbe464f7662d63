//! The test driver in a program built as a script: answers requests on standard input ([`wasmaot_abi::script`]).
//! Runs on the wasm stack, in place of `main`. It is in every program, so it is kept small.

use crate::instance::{self, Failure};
use crate::os::process;
use crate::trap;
use core::cell::UnsafeCell;
use core::slice;
use wasmaot_abi::program::{Instance, Program, ScriptRow};
use wasmaot_abi::script::{INSTANTIATE, INVOKE, OK};

/// Parameters or results that a function can have (the limit of wasm implementations).
const MOST_CELLS: usize = 1000;

/// The driver's state, zero at first.
#[repr(C)]
struct Driver {
    input: Input,
    /// Makes the status the byte before the cells, so that an answer is one piece.
    align: [u8; 15],
    status: u8,
    cells: [[u64; 2]; MOST_CELLS],
}

/// Buffered standard input.
struct Input {
    buffer: [u8; 0x1000],
    start: usize,
    end: usize,
}

struct Static(UnsafeCell<Driver>);

// SAFETY: only run() uses it, on one thread.
unsafe impl Sync for Static {}

static DRIVER: Static = Static(UnsafeCell::new(Driver {
    input: Input { buffer: [0; 0x1000], start: 0, end: 0 },
    align: [0; 15],
    status: 0,
    cells: [[0; 2]; MOST_CELLS],
}));

/// Answers requests until the end of input; an error is a failed instantiation or a bad request.
///
/// # Safety
/// Must run on the wasm stack of this program, once.
pub unsafe fn run(program: &Program) -> Result<(), Failure> {
    // SAFETY: this function runs once; no code that it calls uses the driver but through what it passes.
    let driver = unsafe { &mut *DRIVER.0.get() };
    // SAFETY: instance::set_program's contract.
    let rows: &[ScriptRow] = unsafe { instance::rows(program.script, program.script_count) };
    let mut kind = [0];
    while driver.input.take(&mut kind) {
        let mut index = [0; 4];
        driver.input.take(&mut index);
        let index = u32::from_le_bytes(index) as usize;
        let mut call = Call { instance: None, row: None, cells: driver.cells.as_mut_ptr(), failure: None };
        match kind {
            [INSTANTIATE] => call.instance = instance::instances(program).get(index),
            [INVOKE] => call.row = rows.get(index).filter(|row| row.params.max(row.results) as usize <= MOST_CELLS),
            _ => {}
        }
        if call.instance.is_none() && call.row.is_none() {
            return Err(Failure::Malformed);
        }
        for cell in 0..call.row.map_or(0, |row| row.params as usize) {
            // SAFETY: within the cells, of which a row has no more; a cell is 16 plain bytes.
            driver.input.take(unsafe { slice::from_raw_parts_mut(call.cells.add(cell).cast(), 16) });
        }
        // SAFETY: abandoning compiled code is sound; the driver does not catch within itself.
        let result = unsafe { trap::catch(perform, (&raw mut call).cast()) };
        if let Some(failure) = call.failure {
            return Err(failure);
        }
        let results = call.row.map_or(0, |row| row.results as usize);
        let (status, results) = result.map_or_else(|kind| (kind as u8, 0), |()| (OK, results));
        driver.status = status;
        // SAFETY: the cells follow the status (repr(C)); a row has no more results than there are cells.
        let answer = unsafe { slice::from_raw_parts((&raw const *driver).cast::<u8>().add(STATUS), 1 + 16 * results) };
        if process::write_all(1, answer).is_err() {
            break;
        }
    }
    Ok(())
}

const STATUS: usize = core::mem::offset_of!(Driver, status);
const _: () = assert!(STATUS + 1 == core::mem::offset_of!(Driver, cells));

/// What a request asks for: an instance to make, or a row to call.
struct Call<'a> {
    instance: Option<&'a Instance>,
    row: Option<&'a ScriptRow>,
    cells: *mut [u64; 2],
    failure: Option<Failure>,
}

unsafe extern "C" fn perform(data: *mut u8, _: *mut u8) {
    // SAFETY: run() passes its own call, with cells for the parameters and results; it is on the wasm stack, and the
    // runner instantiates in order, once each.
    unsafe {
        let call = &mut *data.cast::<Call>();
        match (call.instance, call.row) {
            (Some(instance), _) => call.failure = instance::instantiate(instance).err(),
            (_, Some(row)) => (row.trampoline)(call.cells),
            _ => {}
        }
    }
}

impl Input {
    /// Takes the next bytes of the input; false if it ends before.
    fn take(&mut self, bytes: &mut [u8]) -> bool {
        for byte in bytes {
            if self.start == self.end {
                self.start = 0;
                self.end = process::read(0, &mut self.buffer).unwrap_or(0);
            }
            let Some(next) = self.buffer.get(self.start).filter(|_| self.start < self.end) else { return false };
            *byte = *next;
            self.start += 1;
        }
        true
    }
}
