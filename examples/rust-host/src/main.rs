//! The image filter of `../filter`, from Rust.

mod wasmaot;

use std::ffi::c_void;
use wasmaot::{Instance, Module, Value};

unsafe extern "C" {
    static filter_module: Module;
    fn filter_memory(instance: *const c_void) -> *const c_void;
    fn filter_cells_allocate(instance: *mut c_void, cells: *mut Value);
    fn filter_cells_invert(instance: *mut c_void, cells: *mut Value);
}

const WIDTH: i32 = 16;
const HEIGHT: i32 = 4;

fn main() -> Result<(), String> {
    let size = (WIDTH * HEIGHT) as u64;
    // SAFETY: the declarations above are those of the module's header; cells have as many values as the functions need.
    unsafe {
        let mut filter = Instance::new(&raw const filter_module)?;
        let mut cells = [Value { i32: size as i32 }];
        filter.call(filter_cells_allocate, &mut cells)?;
        let at = cells[0].i32;
        let pixels = filter.bytes(filter_memory, at as u64, size).ok_or("no memory")?;
        for (index, pixel) in pixels.iter_mut().enumerate() {
            *pixel = index as u8 * 4;
        }
        filter.call(filter_cells_invert, &mut [at, WIDTH, HEIGHT].map(|i32| Value { i32 }))?;
        let pixels = filter.bytes(filter_memory, at as u64, size).ok_or("no memory")?;
        println!("{}, {}, ... {}", pixels[0], pixels[1], pixels[size as usize - 1]);
        let lie = filter.call(filter_cells_invert, &mut [at, 1 << 15, 1 << 15].map(|i32| Value { i32 }));
        println!("{}", lie.expect_err("a trap"));
    }
    Ok(())
}
