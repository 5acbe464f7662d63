// Values of Rust: numbers, tuples, structs, enums with data, slices, strings.
#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: f64,
}

struct Meters(u16);

#[derive(Clone, Copy, PartialEq)]
enum Level {
    Low = 1,
    High = 7,
}

#[allow(dead_code)]
enum Shape {
    Nothing,
    Circle(f32),
    Rectangle { width: u32, height: u32 },
    Named(&'static str, i64),
}

static LIMIT: i32 = 44;
static mut COUNTER: u64 = 5;
const NAMES: [&str; 2] = ["left", "right"];

fn area(shape: &Shape, scale: f32) -> f32 {
    let result = match shape {
        Shape::Nothing => 0.0,
        Shape::Circle(radius) => 3.0 * radius * radius,
        Shape::Rectangle { width, height } => (width * height) as f32,
        Shape::Named(name, _) => name.len() as f32,
    };
    result * scale // AREA
}

fn areas() -> f32 {
    let shapes =
        [Shape::Nothing, Shape::Circle(2.0), Shape::Rectangle { width: 3, height: 5 }, Shape::Named("box", -9)];
    let sum: f32 = shapes.iter().map(|shape| area(shape, 2.0)).sum();
    sum + 1.0 // SHAPES
}

fn main() {
    let byte: u8 = 200;
    let tiny: i8 = -3;
    let big: i64 = -5_000_000_000;
    let huge: i128 = -170_141_183_460_469_231_731;
    let ratio = 0.25f32;
    let letter = 'x';
    let truth = true;
    let pair = (7, 2.5, 'q');
    let point = Point { x: -4, y: 1.5 };
    let length = Meters(300);
    let level = Level::High;
    let array = [10, 20, 30, 40];
    let slice: &[i32] = &array[1..3];
    let text: &str = "hello rust";
    let grid = [[1u8, 2], [3, 4]];
    let reference = &point;
    let some: Option<u32> = Some(17);
    let none: Option<u32> = None;
    let unit = ();
    let sum = areas();
    let counter = unsafe {
        COUNTER += 1;
        COUNTER
    };
    println!("{sum} {} {text} {}", slice[1] + LIMIT + reference.x, NAMES[1]); // END
    let _ = (byte, tiny, big, huge, ratio, letter, truth, pair, length.0, level == Level::Low, grid, some, none);
    println!("{unit:?} {} {counter}", point.y);
}
