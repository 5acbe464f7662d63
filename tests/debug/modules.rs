//! Modules that become units of their own when optimised, with types that stand in other units.
mod shop {
    pub struct Item {
        pub name: &'static str,
        pub price: u32,
        pub next: Option<Box<Item>>,
    }

    impl Item {
        #[inline(never)]
        pub fn total(&self) -> u32 {
            let mut sum = self.price;
            if let Some(next) = &self.next {
                sum += next.total(); // TOTAL
            }
            sum
        }
    }

    pub mod sums {
        #[inline(never)]
        pub fn all(numbers: &[i32]) -> i32 {
            let mut sum = 0;
            for number in numbers {
                sum += *number; // SUM
            }
            sum
        }

        #[inline(never)]
        pub fn lengths(first: &str, second: &String, more: &u32) -> usize {
            let sum = first.len() + second.len();
            sum + *more as usize // LENGTHS
        }
    }
}

fn main() {
    let count = std::env::args().count() as i32;
    let numbers: Vec<i32> = vec![count, 2, 3];
    let sum = shop::sums::all(&numbers); // CALL
    let text = String::from("hello");
    let last = shop::Item { name: "two", price: 4, next: None };
    let item = shop::Item { name: "one", price: 3, next: Some(Box::new(last)) };
    let more = 7;
    let lengths = shop::sums::lengths("abc", &text, &more);
    println!("{sum} {lengths} {} {} {text}", item.total(), item.name); // END
}
