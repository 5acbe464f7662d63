//! Arrays that functions return.

#[inline(never)]
fn grid(n: i32) -> [[i32; 3]; 4] {
    let mut grid = [[n; 3]; 4];
    grid[1][1] = 9; // GRID
    grid
}

#[inline(never)]
fn two(n: i32) -> [i32; 2] {
    [n, n + 1] // TWO
}

#[inline(never)]
fn few(n: i32) -> [i32; 3] {
    [n, n + 1, n + 2] // FEW
}

#[inline(never)]
fn texts(n: usize) -> [&'static str; 2] {
    if n > 1 { ["one", "two"] } else { ["three", "four"] }
}

fn main() {
    let (a, b, c, d) = (grid(1), two(3), few(5), texts(2));
    println!("{} {} {} {}", a[1][1], b[1], c[2], d[0]);
}
