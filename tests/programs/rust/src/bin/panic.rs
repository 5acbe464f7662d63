//! A panic: its message on standard error, then a trap (exit status 134). Deep recursion and collections before it.
use std::collections::{BTreeMap, HashMap, HashSet};

fn depth(n: u64) -> u64 {
    if n == 0 { 0 } else { 1 + std::hint::black_box(depth(n - 1)) }
}

fn main() {
    println!("depth {}", depth(10_000));
    let map: HashMap<u32, String> = (0..10_000).map(|k| (k, k.to_string())).collect();
    let set: HashSet<&str> = map.values().map(|v| &v[..1]).collect();
    let sorted: BTreeMap<_, _> = map.iter().filter(|(k, _)| **k % 999 == 0).collect();
    println!("{} {} {sorted:?}", map.len(), set.len());
    println!("{:?} {:?}", "1e400".parse::<f64>(), 0.1f64 + 0.2);
    println!("{:?}", std::env::vars().collect::<BTreeMap<_, _>>());
    let index = map.len() + std::env::args().count();
    println!("{}", [1, 2, 3][index]);
}
