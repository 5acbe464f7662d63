//! Outputs that cannot be written: one clear line, no half-written file, and what was there stays.

use crate::case::{Case, printer};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn refused_before_compiling() {
    let case = Case::new("output");
    case.wasm("a.wasm", &printer("a", 0));
    case.wasm("same", &printer("a", 0));
    fs::create_dir(case.folder.join("folder")).unwrap();
    case.fails("compile a.wasm -o folder", &["folder: is a folder; choose another name with -o"]);
    case.fails("compile a.wasm -o folder/", &["is a folder"]);
    case.fails("compile a.wasm -o no/such/app", &["no/such/app: cannot write: no such folder no/such"]);
    case.fails("compile a.wasm -o a.wasm/app", &["not a directory"]);
    case.fails("compile a.wasm -o new/", &["new/: no such folder"]);
    case.fails("compile a.wasm -o a.wasm", &["a.wasm: is the input"]);
    case.fails("compile same", &["same: is the input; choose another name with -o"]);
    case.fails("compile a.wasm -o /sys/app", &["/sys/app: cannot write: "]);
    case.fails(&format!("compile a.wasm -o {}", "x".repeat(300)), &["cannot write: file name too long"]);
}

#[test]
fn an_unwritable_folder() {
    let case = Case::new("unwritable");
    case.wasm("a.wasm", &printer("a", 0));
    let folder = case.folder.join("closed");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    // Root writes where it likes; /sys, above, stops even root.
    if fs::write(folder.join("probe"), "").is_err() {
        case.fails("compile a.wasm -o closed/app", &["closed/app: cannot write: permission denied"]);
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn full_devices() {
    let case = Case::new("full");
    case.wasm("a.wasm", &printer("a", 0));
    for emit in ["exe", "obj", "asm", "clif"] {
        let args = format!("compile a.wasm --emit={emit} -o /dev/full");
        case.fails(&args, &["/dev/full: cannot write: no space left on device"]);
    }
}

/// On a file system of 16 KiB, in a mount namespace of our own; skipped where the kernel does not give one.
#[test]
fn a_full_disk() {
    let case = Case::new("full-disk");
    case.wasm("a.wasm", &printer(&"a".repeat(60_000), 0));
    fs::create_dir(case.folder.join("disk")).unwrap();
    let namespace = |script: &str| {
        let mut command = case.command("unshare");
        command.args(["-rm", "sh", "-c", &format!("mount -t tmpfs -o size=16k none disk && {script}")]);
        command.output()
    };
    if !namespace("true").is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no mount namespaces here");
        return;
    }
    let wasmaot = wasmaot_tests::tools::wasmaot().unwrap();
    for emit in ["exe", "obj"] {
        let script = format!(
            "echo old > disk/app; {} compile a.wasm --emit={emit} -o disk/app; echo $?; cat disk/app; ls -A disk",
            wasmaot.display()
        );
        let output = namespace(&script).unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(out, "1\nold\napp\n", "{emit}: {err}");
        assert!(err.contains("disk/app: ") && err.to_lowercase().contains("no space left on device"), "{emit}: {err}");
    }
}

#[test]
fn a_failed_compile_keeps_the_old_file() {
    let case = Case::new("keep");
    case.file("bad.wasm", b"\0asm\x01\0\0\0\xff");
    case.file("app", "old");
    case.fails("compile bad.wasm -o app", &["bad.wasm: "]);
    assert_eq!(fs::read(case.folder.join("app")).unwrap(), b"old");
    case.fails("compile bad.wasm -o fresh", &["bad.wasm: "]);
}
