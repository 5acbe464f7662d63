// References to references, slices and functions, in structures and arrays of such.
struct Inner<'a> {
    number: &'a &'a u32,
    list: &'a &'a [u32],
    call: &'a fn(u32) -> u32,
    tail: u8,
}

fn twice(number: u32) -> u32 {
    2 * number
}

#[inline(never)]
fn look(inner: &Inner, many: &[Inner; 2]) -> u32 {
    let copy = **inner.number;
    copy + many[1].tail as u32 + (inner.call)(3) + inner.list[0] // STOP
}

fn main() {
    let number = 5;
    let first = &number;
    let list: &[u32] = &[7, 8];
    let call: fn(u32) -> u32 = twice;
    let inner = |tail| Inner { number: &first, list: &list, call: &call, tail };
    println!("{}", look(&inner(9), &[inner(1), inner(2)]));
}
