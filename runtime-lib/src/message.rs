//! Plain lines on standard error, without `core::fmt` (which would be a third of a small program) and without the
//! allocator, so that signal handlers can write them too.

use crate::os::process;

/// Collects a message and writes it to standard error, in pieces of at most its buffer.
pub struct Message {
    buffer: [u8; 512],
    len: usize,
}

impl Message {
    /// An empty message.
    #[allow(clippy::new_without_default)] // a message is started on purpose
    pub fn new() -> Self {
        Self { buffer: [0; 512], len: 0 }
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        for &byte in bytes {
            self.byte(byte);
        }
        self
    }

    /// Adds text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a number in decimal.
    pub fn decimal(&mut self, number: u64) -> &mut Self {
        self.number(number, 10)
    }

    /// Adds a number in hexadecimal, with `0x`.
    pub fn hex(&mut self, number: u64) -> &mut Self {
        self.text("0x").number(number, 16)
    }

    /// Writes what was collected.
    pub fn send(&mut self) {
        if let Some(bytes) = self.buffer.get(..self.len) {
            let _ = process::write_all(2, bytes);
        }
        self.len = 0;
    }

    fn number(&mut self, mut number: u64, radix: u64) -> &mut Self {
        let mut digits = [0u8; 20];
        let mut count = 0;
        for digit in digits.iter_mut().rev() {
            let value = (number % radix) as u8;
            *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
            count += 1;
            number /= radix;
            if number == 0 {
                break;
            }
        }
        self.bytes(digits.get(20 - count..).unwrap_or(&[]))
    }

    fn byte(&mut self, byte: u8) {
        if self.len == self.buffer.len() {
            self.send();
        }
        if let Some(slot) = self.buffer.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }
}

/// A number in decimal, for texts that are kept.
pub fn decimal(mut number: u64) -> alloc::vec::Vec<u8> {
    let mut digits = alloc::vec::Vec::new();
    loop {
        digits.insert(0, b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            return digits;
        }
    }
}
