// Owned things, generics, closures, traits: String, Vec, Box, methods, dynamic dispatch.
use std::fmt::Display;

struct Tree {
    value: i32,
    left: Option<Box<Tree>>,
    right: Option<Box<Tree>>,
}

impl Tree {
    fn leaf(value: i32) -> Option<Box<Tree>> {
        Some(Box::new(Tree { value, left: None, right: None }))
    }

    fn sum(&self) -> i32 {
        let mut total = self.value;
        for child in [&self.left, &self.right].into_iter().flatten() {
            total += child.sum();
        }
        total // SUM
    }
}

struct Wrapper<T> {
    inner: T,
    uses: u8,
}

impl<T: Copy> Wrapper<T> {
    fn take(&mut self) -> T {
        self.uses += 1;
        self.inner // TAKE
    }
}

trait Speak {
    fn volume(&self) -> u32;
}

struct Dog {
    age: u32,
}

impl Speak for Dog {
    fn volume(&self) -> u32 {
        self.age * 10 // VOLUME
    }
}

fn show<T: Display>(thing: T, times: usize) -> String {
    let text = format!("<{thing}>");
    text.repeat(times) // SHOW
}

fn main() {
    let tree = Tree { value: 1, left: Tree::leaf(20), right: Tree::leaf(300) };
    let boxed = Box::new(77i64);
    let numbers = vec![3, 1, 4, 1, 5];
    let name = String::from("owner");
    let mut wrapped = Wrapper { inner: 2.5, uses: 0 };
    let mut small = Wrapper { inner: 6u16, uses: 100 };
    let dog = Dog { age: 9 };
    let speaker: &dyn Speak = &dog;
    let factor = 3;
    let scale = |n: i32| {
        let scaled = n * factor;
        scaled + 1 // SCALE
    };
    let total = tree.sum();
    let taken = wrapped.take() + f64::from(small.take());
    let scaled = scale(numbers[2]);
    let loud = speaker.volume();
    let shown = show(7, 1) + &show("s", 2);
    println!("{total} {taken} {scaled} {loud} {shown} {name} {boxed}"); // END
}
