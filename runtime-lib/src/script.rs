//! The test driver in a program built as a script: answers requests on standard input ([`wasmaot_abi::script`]).
//! Runs on the wasm stack, in place of `main`.

use crate::instance::{self, Failure};
use crate::os::process;
use crate::trap;
use alloc::vec;
use alloc::vec::Vec;
use wasmaot_abi::program::{Instance, Program, ScriptRow};
use wasmaot_abi::script::{INSTANTIATE, INVOKE, OK};

/// Answers requests until the end of input; an error is a failed instantiation, a word about a bad request, or nothing.
///
/// # Safety
/// Must run on the wasm stack of this program.
pub unsafe fn run(program: &Program) -> Result<(), Failure> {
    let mut input = Input { buffer: vec![0; 0x1000], start: 0, end: 0 };
    // SAFETY: instance::set_program's contract.
    let rows: &[ScriptRow] = unsafe { instance::rows(program.script, program.script_count) };
    while let Some([kind]) = input.take() {
        let index = u32::from_le_bytes(input.take().ok_or(Failure::Malformed)?) as usize;
        let mut answer = Vec::new();
        match kind {
            INSTANTIATE => {
                let instance = instance::instances(program).get(index).ok_or(Failure::Malformed)?;
                let mut request = Instantiation { instance, failure: None };
                // SAFETY: abandoning compiled code is sound; the driver does not catch within itself.
                let result = unsafe { trap::catch(instantiate, (&raw mut request).cast()) };
                if let Some(failure) = request.failure {
                    return Err(failure);
                }
                answer.push(result.map_or_else(|kind| kind as u8, |()| OK));
            }
            INVOKE => {
                let row = rows.get(index).ok_or(Failure::Malformed)?;
                let mut cells = vec![[0u64; 2]; row.params.max(row.results) as usize];
                for cell in cells.iter_mut().take(row.params as usize) {
                    *cell = [word(&mut input)?, word(&mut input)?];
                }
                let mut request = Invocation { row, cells: cells.as_mut_ptr() };
                // SAFETY: as above.
                match unsafe { trap::catch(invoke, (&raw mut request).cast()) } {
                    Ok(()) => {
                        answer.push(OK);
                        let results = cells.iter().take(row.results as usize).flatten();
                        results.for_each(|word| answer.extend_from_slice(&word.to_le_bytes()));
                    }
                    Err(kind) => answer.push(kind as u8),
                }
            }
            _ => return Err(Failure::Malformed),
        }
        if process::write_all(1, &answer).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn word(input: &mut Input) -> Result<u64, Failure> {
    input.take().map(u64::from_le_bytes).ok_or(Failure::Malformed)
}

struct Instantiation<'a> {
    instance: &'a Instance,
    failure: Option<Failure>,
}

unsafe extern "C" fn instantiate(data: *mut u8) {
    // SAFETY: run() passes its own request.
    let request = unsafe { &mut *data.cast::<Instantiation>() };
    // SAFETY: on the wasm stack; the runner instantiates in order, once each.
    request.failure = unsafe { instance::instantiate(request.instance) }.err();
}

struct Invocation<'a> {
    row: &'a ScriptRow,
    cells: *mut [u64; 2],
}

unsafe extern "C" fn invoke(data: *mut u8) {
    // SAFETY: run() passes its own request, with cells for the parameters and results.
    unsafe {
        let request = &*data.cast::<Invocation>();
        (request.row.trampoline)(request.cells);
    }
}

/// Buffered standard input.
struct Input {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Input {
    /// The next bytes, unless the input ends before.
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            if self.start == self.end {
                self.start = 0;
                self.end = process::read(0, &mut self.buffer).unwrap_or(0);
            }
            *byte = *self.buffer.get(..self.end)?.get(self.start)?;
            self.start += 1;
        }
        Some(bytes)
    }
}
