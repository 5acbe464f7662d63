//! serde_json: builds a document, prints and reads it back, and checks that both agree; reads JSON lines from stdin.
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::BufRead;

#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Shape {
    Point,
    Circle { radius: f64 },
    Polygon(Vec<(i32, i32)>),
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Record {
    id: u64,
    name: String,
    tags: Vec<String>,
    shape: Shape,
    score: Option<f32>,
    extra: BTreeMap<String, serde_json::Value>,
}

fn record(id: u64) -> Record {
    Record {
        id: id.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        name: format!("record \"{id}\" \u{1f980}\n"),
        tags: (0..id % 5).map(|t| format!("t{t}")).collect(),
        shape: match id % 3 {
            0 => Shape::Point,
            1 => Shape::Circle {
                radius: (id % 1000) as f64 / 8.0,
            },
            _ => Shape::Polygon((0..id as i32 % 7).map(|k| (k, -k * k)).collect()),
        },
        score: (id % 2 == 0).then(|| 1.0 / (id as f32 + 1.0)),
        extra: [("nested".to_string(), serde_json::json!({"a": [1, 2.5, null, true], "id": id}))].into(),
    }
}

fn main() {
    let records: Vec<Record> = (0..2000).map(record).collect();
    let text = serde_json::to_string_pretty(&records).unwrap();
    let back: Vec<Record> = serde_json::from_str(&text).unwrap();
    assert_eq!(records, back);
    let sum = text.bytes().fold(0u64, |h, b| h.wrapping_mul(31).wrapping_add(b.into()));
    println!("{} bytes, hash {sum:016x}", text.len());
    println!("{}", serde_json::to_string(&records[7]).unwrap());

    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        match serde_json::from_str::<serde_json::Value>(&line.unwrap()) {
            Ok(value) => println!("{number}: {value}"),
            Err(error) => println!("{number}: error: {error}"),
        }
    }
}
