//! What happens when the runtime itself is wrong: one line that never looks like a wasm trap, and SIGABRT's exit code.
//! Formats nothing: `core::fmt` would be a third of a small program.

use crate::message::Message;
use crate::os::process;
use core::panic::PanicInfo;

/// Exit code of an internal error; that of a trap too, being what a shell shows for SIGABRT.
const EXIT_INTERNAL: i32 = 134;

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let mut message = Message::new();
    message.text("wasmaot runtime: internal error");
    if let Some(place) = info.location() {
        message.text(" at ").text(place.file()).text(":").decimal(place.line().into());
    }
    message.text("\n").send();
    process::exit(EXIT_INTERNAL)
}

#[global_allocator]
static ALLOCATOR: crate::allocator::Allocator = crate::allocator::Allocator::new();
