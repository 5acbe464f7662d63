// Text and slices wherever they can stand, what is passed by value, and what functions return.
#[derive(Clone)]
struct Person<'a> {
    name: &'a str,
    age: u8,
    tags: &'a [&'a str],
    nick: Option<&'a str>,
}

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f32,
}

static GREETING: &str = "good morning";
static WORDS: [&str; 3] = ["one", "two", "three"];

fn count(text: &str, wanted: char) -> usize {
    let mut found = 0;
    for letter in text.chars() {
        found += usize::from(letter == wanted);
    }
    found // COUNT
}

fn longest<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.len() > second.len() { first } else { second } // LONGEST
}

fn bump(numbers: &mut [i32], by: i32) {
    for number in numbers.iter_mut() {
        *number += by;
    }
    numbers[0] = 0; // BUMP
}

fn total(name: String, corner: Point, sides: [u16; 5]) -> usize {
    name.len() + corner.x as usize + usize::from(sides[4]) // TOTAL
}

fn pair(from: i32) -> (i32, f64) {
    (from, f64::from(from) / 2.0) // PAIR
}

fn point(x: f64) -> Point {
    Point { x, y: 0.5 } // POINT
}

fn short(text: &str) -> Option<&str> {
    let short = if text.len() < 5 { Some(text) } else { None };
    short // SHORT
}

fn join(words: &[&str]) -> String {
    words.join("+") // JOIN
}

fn main() {
    let person = Person { name: "Ada", age: 36, tags: &["math", "code"], nick: Some("countess") };
    let people = [person.clone(), Person { name: "Bob", age: 20, tags: &[], nick: None }];
    let words = ["alpha", "beta", "gamma"];
    let pair_of_texts = ("left", 5, "right");
    let fine: Result<&str, i32> = Ok("fine");
    let mut numbers = [10, 20, 30];
    let found = count("hello world", 'o');
    let long = longest("hello world", "hi");
    bump(&mut numbers, 5);
    let sum = total(String::from("by value"), Point { x: 2.5, y: 1.5 }, [1, 2, 3, 4, 5]);
    let halves = pair(9);
    let corner = point(4.25);
    let joined = join(&words[1..]);
    let shortest = short("abc");
    println!("{found} {long} {sum} {} {} {joined}", halves.1, people[1].age); // END
    println!("{} {} {} {}", GREETING, WORDS[1], person.tags[0], person.nick.is_some());
    println!("{} {}", corner.y, shortest.is_some());
    println!("{} {} {}", fine.is_ok(), pair_of_texts.2, words[0]);
}
