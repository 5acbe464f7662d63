//! Counts the words of a file and shows the most frequent ones. Needs a grant for the file's folder.
//!
//!     rustup target add wasm32-wasip1
//!     rustc --target wasm32-wasip1 -O examples/words.rs
//!     wasmaot compile words.wasm --dir .
//!     ./words README.md

use std::collections::HashMap;

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: words FILE");
        std::process::exit(2);
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            std::process::exit(1);
        }
    };
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
    for (word, count) in counts.iter().take(10) {
        println!("{count:6}  {word}");
    }
}
