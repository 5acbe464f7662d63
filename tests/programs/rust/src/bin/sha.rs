//! sha2: the digests of a generated stream, in three sizes, and of standard input.
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use std::io::Read;

fn digests(data: &[u8]) {
    println!("{} bytes", data.len());
    println!("sha224 {:x}", Sha224::digest(data));
    println!("sha256 {:x}", Sha256::digest(data));
    println!("sha384 {:x}", Sha384::digest(data));
    println!("sha512 {:x}", Sha512::digest(data));
}

fn main() {
    let mut state = 1u64;
    for len in [0, 63, 1 << 16, 3_000_001] {
        let data: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 56) as u8
        })
        .take(len)
        .collect();
        digests(&data);
    }
    let mut input = Vec::new();
    std::io::stdin().read_to_end(&mut input).unwrap();
    digests(&input);
}
