//! Pointers to functions in structures, tuples, arrays and enumerations.
fn plus(a: i32, b: i32) -> i32 {
    a + b
}

struct Handler {
    run: fn(i32, i32) -> i32,
    name: &'static str,
}

fn main() {
    let handler = Handler { run: plus, name: "mul" };
    let both: [fn(i32, i32) -> i32; 2] = [plus, plus];
    let pair = (plus as fn(i32, i32) -> i32, "pair");
    let some: Option<fn(i32, i32) -> i32> = Some(plus);
    let sum = (handler.run)(1, 2) + both[0](1, 2);
    println!("{sum} {} {} {}", handler.name, pair.1, some.is_some()); // STOP
}
