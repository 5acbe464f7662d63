//! regex: `grep PATTERN FILE...` with captures, plus a few heavier patterns over the same text.
use regex::{Regex, RegexSet};

fn main() {
    let mut args = std::env::args().skip(1);
    let Some(pattern) = args.next() else {
        eprintln!("usage: grep PATTERN FILE...");
        std::process::exit(2);
    };
    let pattern = Regex::new(&pattern).unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(3);
    });
    let mut found = 0;
    for path in args {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                println!("{path}: {:?}", error.kind());
                continue;
            }
        };
        for (number, line) in text.lines().enumerate() {
            for captures in pattern.captures_iter(line) {
                found += 1;
                let groups: Vec<&str> = captures.iter().map(|g| g.map_or("-", |g| g.as_str())).collect();
                println!("{path}:{}: {groups:?}", number + 1);
            }
        }
        let words = Regex::new(r"(?i)\b[\p{L}']+\b").unwrap().find_iter(&text).count();
        let vowels = Regex::new(r"[aeiou]{2,}").unwrap().replace_all(&text, "<$0>").len();
        let set = RegexSet::new([r"^\s*$", r"\d{3,}", r"(a|b)*c", r"\w+@\w+\.\w+"]).unwrap();
        let sets: Vec<usize> = set.matches(&text).into_iter().collect();
        println!("{path}: {words} words, {vowels} bytes when marked, sets {sets:?}");
    }
    std::process::exit(if found == 0 { 1 } else { 0 });
}
