//! Compiles the filter of `../filter` to a static library with libwasmaot in it.

use std::path::PathBuf;
use std::process::Command;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let wasmaot = std::env::var_os("WASMAOT").unwrap_or_else(|| "wasmaot".into());
    // As wasmaot names targets: x86_64-linux, x86_64-windows.
    let [arch, os] =
        ["ARCH", "OS"].map(|part| std::env::var(format!("CARGO_CFG_TARGET_{part}")).expect("cargo sets it"));
    let status = Command::new(wasmaot)
        .args(["compile", "../filter/filter.wat", "--target", &format!("{arch}-{os}"), "--emit=archive", "-o"])
        .arg(out.join("libfilter.a"))
        .status()
        .expect("wasmaot is in PATH, or WASMAOT says where it is");
    assert!(status.success());
    println!("cargo::rerun-if-changed=../filter/filter.wat");
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib=static=filter");
}
