//! Programs for other machines, run under an emulator: AArch64 and RISC-V.

use crate::case::{Case, printer};
use object::elf::{self, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{LittleEndian, Object, ObjectSection, ObjectSymbol};
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wasmaot_tests::process::Finished;
use wasmaot_tests::target;

/// Targets with the size of their largest pages.
const TARGETS: &[(&str, u64)] = &[("aarch64-linux", 0x1_0000), ("riscv64-linux", 0x1000)];

/// A stripped hello may have so many bytes.
const HELLO_LIMIT: usize = 60 << 10;

/// The words that run programs of a target, if they are installed.
fn emulator(target: &str) -> Option<Vec<String>> {
    let words: Vec<_> = target::of(target)?.split(' ').map(str::to_owned).collect();
    target::which(&words[0]).map(|_| words)
}

impl Case {
    /// Runs a program of a target; nothing when there is no emulator.
    fn emulated(&self, target: &str, name: &str) -> Option<Finished> {
        let Some(runner) = emulator(target) else {
            eprintln!("no emulator of {target}: not run");
            return None;
        };
        Some(self.finish(&mut target::under(&runner, self.folder.join(name))))
    }
}

#[test]
fn hello_runs_and_is_small() {
    let case = Case::new("targets-hello");
    case.wasm("hello.wasm", &printer("hello\n", 7));
    for (target, _) in TARGETS {
        for flags in ["", "-O0", "-Os", "--memory-base=register", "--strip"] {
            case.works(&format!("compile hello.wasm --target {target} {flags}"));
            let Some(finished) = case.emulated(target, "hello") else { continue };
            let what = format!("{target} {flags}: {}", finished.complaint());
            assert_eq!((finished.stdout.as_slice(), finished.status), (&b"hello\n"[..], 7), "{what}");
        }
        let size = fs::metadata(case.folder.join("hello")).unwrap().len() as usize;
        assert!(size < HELLO_LIMIT, "{target}: {size} bytes");
    }
}

/// Prints `end` from the end of 400 KiB of initial memory, which is moved into place, not copied.
fn with_image() -> String {
    let data = "0123456789abcdef".repeat(25 << 10);
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 16)
            (data (i32.const 65600) "{data}end")
            (func (export "_start")
                (i32.store (i32.const 0) (i32.add (i32.const 65600) (i32.const {})))
                (i32.store (i32.const 4) (i32.const 3))
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#,
        data.len()
    )
}

#[test]
fn segments_are_aligned_to_the_largest_pages() {
    let case = Case::new("targets-segments");
    case.wasm("image.wasm", &with_image());
    for &(target, page) in TARGETS {
        case.works(&format!("compile image.wasm --target {target}"));
        let bytes = fs::read(case.folder.join("image")).unwrap();
        let header = FileHeader64::<LittleEndian>::parse(&*bytes).unwrap();
        let endian = LittleEndian;
        let mut end = 0;
        for segment in header.program_headers(endian, &*bytes).unwrap() {
            if segment.p_type(endian) != elf::PT_LOAD {
                continue;
            }
            let (address, size) = (segment.p_vaddr(endian), segment.p_memsz(endian));
            assert!(segment.p_align(endian) >= page, "{target}: {:#x}", segment.p_align(endian));
            assert_eq!(address % page, segment.p_offset(endian) % page, "{target}: {address:#x}");
            // Segments have different permissions: they share no page.
            assert!(address / page * page >= end, "{target}: {address:#x} begins before {end:#x}");
            end = (address + size).next_multiple_of(page);
            let flags = segment.p_flags(endian);
            assert!(flags & (elf::PF_W | elf::PF_X) != elf::PF_W | elf::PF_X, "{target}: writable code");
        }
        assert!(end > 0, "{target}: no segments");
        let file = object::File::parse(&*bytes).unwrap();
        let image = file.section_by_name(".wasmaot.image").unwrap();
        assert_eq!((image.address() % page, image.size() % page), (0, 0), "{target}");
        assert_eq!(image.file_range().unwrap().0 % page, 0, "{target}");
        if let Some(finished) = case.emulated(target, "image") {
            assert_eq!(finished.stdout, b"end", "{target}: {}", finished.complaint());
        }
    }
}

/// Constants that stand in the code, a table of jumps, and code behind them.
const LITERALS: &str = r#"(module
    (func (export "_start") (drop (call $sum (f64.const 1) (i32.const 2))))
    (func $sum (param f64 i32) (result f64)
        (block $d (block $c (block $b (block $a
            (br_table $a $b $c $d (local.get 1)))
            (return (f64.add (local.get 0) (f64.const 0x1.234567p-7))))
            (return (f64.mul (local.get 0) (f64.const 0x1.345678p+9))))
            (return (f64.sub (local.get 0) (f64.const -0x1.456789p+3))))
        (f64.div (local.get 0) (f64.const 0x1.56789ap+5))))"#;

#[test]
fn disassemblers_tell_constants_from_code() {
    let case = Case::new("targets-literals");
    case.wasm("literals.wasm", LITERALS);
    for (target, objdump) in
        [("aarch64-linux", "aarch64-linux-gnu-objdump"), ("riscv64-linux", "riscv64-linux-gnu-objdump")]
    {
        case.works(&format!("compile literals.wasm --target {target}"));
        let bytes = fs::read(case.folder.join("literals")).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        let count = |name| file.symbols().filter(|symbol| symbol.name() == Ok(name)).count();
        assert!(count("$d") > 0 && count("$x") > 0, "{target}: {} {}", count("$d"), count("$x"));
        if target::which(objdump).is_none() {
            eprintln!("no {objdump}: not run");
            continue;
        }
        let listing = case.finish(Command::new(objdump).args(["-d", "literals"]).current_dir(&case.folder));
        let listing = String::from_utf8(listing.stdout).unwrap();
        let lines = listing.split("<sum>:").nth(1).unwrap().lines().skip(1);
        let lines: Vec<&str> = lines.take_while(|line| !line.contains(">:") || line.contains("<sum.")).collect();
        // Data: on AArch64 by the mapping symbol, on RISC-V an object of its own, which is dumped.
        let data = |line: &&str| line.contains(".word") || line.ends_with("<sum.literals>:");
        assert!(lines.iter().any(data), "{target}: {lines:#?}");
        let odd =
            lines.iter().find(|line| line.contains("undefined") || line.contains("0x") && line.contains(".2byte"));
        assert_eq!(odd, None, "{target}: {lines:#?}");
    }
}

/// `$inner` traps at an instruction that follows another one directly, below `$middle` and `$main`.
const TRAP: &str = r#"(module
    (func $inner (param i32) (result i32)
        (if (i32.eq (local.get 0) (i32.const 3)) (then unreachable))
        (i32.div_s (i32.const 7) (local.get 0)))
    (func $middle (param i32) (result i32)
        (i32.add (call $inner (i32.add (local.get 0) (i32.const 1))) (local.get 0)))
    (func $main (export "_start") (drop (call $middle (i32.const 2)))))"#;

#[test]
fn traps_have_the_same_backtrace_everywhere() {
    let case = Case::new("targets-trap");
    case.wasm("trap.wasm", TRAP);
    for (name, body, message) in [
        ("zero", "(drop (i32.div_s (i32.const 1) (i32.load (i32.const 0))))", "integer divide by zero"),
        ("memory", "(drop (i32.load offset=0xfffffff0 (i32.const 0xfffffff0)))", "out of bounds memory access"),
        ("stack", "(call 0) (call 0)", "call stack exhausted"),
        ("convert", "(drop (i32.trunc_f64_s (f64.const nan)))", "invalid conversion to integer"),
    ] {
        case.wasm(&format!("{name}.wasm"), &format!("(module (memory 1) (func (export \"_start\") {body}))"));
        for (target, _) in TARGETS {
            case.works(&format!("compile {name}.wasm --target {target}"));
            let Some(finished) = case.emulated(target, name) else { continue };
            assert_eq!(finished.status, 134, "{target} {name}");
            let said = String::from_utf8(finished.stderr).unwrap();
            assert!(said.lines().next().is_some_and(|line| line.contains(message)), "{target} {name}: {said:.300}");
        }
    }
    case.works("compile trap.wasm");
    let expected = case.program("trap", &[]);
    assert_eq!(expected.status, 134, "{}", expected.complaint());
    for (target, _) in TARGETS {
        case.works(&format!("compile trap.wasm --target {target}"));
        let Some(finished) = case.emulated(target, "trap") else { continue };
        assert_eq!((finished.status, finished.complaint()), (134, expected.complaint()), "{target}");
    }
}

#[test]
fn gdb_unwinds_through_wasm_frames() {
    let case = Case::new("targets-gdb");
    case.wasm("trap.wasm", TRAP);
    for (target, _) in TARGETS {
        case.works(&format!("compile trap.wasm --target {target}"));
        let (Some(runner), Some(_)) = (emulator(target), target::which("gdb-multiarch")) else {
            eprintln!("no emulator of {target} or no gdb-multiarch: not tested");
            continue;
        };
        let mut program = case.command(&runner[0]);
        program.args(&runner[1..]).args(["-g", "./gdb", "./trap"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = program.spawn().unwrap();
        let start = Instant::now();
        while !case.folder.join("gdb").exists() && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut gdb: Command = case.command("gdb-multiarch");
        gdb.args(["-nx", "-batch", "-ex", "set osabi GNU/Linux", "-ex", "file trap", "-ex", "target remote ./gdb"]);
        // The breakpoint is behind the prologue; the signal comes in the middle of the function.
        for command in ["break inner", "continue", "backtrace", "continue", "backtrace", "kill"] {
            gdb.args(["-ex", command]);
        }
        let finished = case.finish(&mut gdb);
        let _ = program.kill();
        program.wait().unwrap();
        let _ = fs::remove_file(case.folder.join("gdb"));
        let text = String::from_utf8(finished.stdout).unwrap();
        let frames = text.lines().filter(|line| line.starts_with('#'));
        let frames: Vec<_> = frames.filter_map(|line| line.split(" in ").nth(1)).collect();
        let expected = ["inner ()", "middle ()", "main ()"].repeat(2);
        assert_eq!(frames, expected, "{target}: {text}");
        assert!(text.contains("SIGILL") || text.contains("SIGTRAP"), "{target}: {text}");
    }
}

#[test]
fn the_command_knows_its_targets() {
    let case = Case::new("targets-command");
    case.wasm("a.wasm", &printer("a", 0));
    let list = case.works("targets");
    for (target, _) in TARGETS {
        let line = list.lines().find(|line| line.contains(target)).unwrap();
        assert!(line.contains("programs") && line.contains("qemu"), "{line}");
        let clif = case.works(&format!("compile a.wasm --target {target} --emit=clif -o -"));
        assert!(clif.contains("function"), "{clif}");
        let assembly = case.works(&format!("compile a.wasm --target {target} --emit=asm -o -"));
        assert!(assembly.contains("ret"), "{assembly}");
    }
    case.works("compile a.wasm --target aarch64-linux --cpu +lse");
    case.works("compile a.wasm --target riscv64-linux --cpu rva22u64,+v,-zbs,+c");
    let refused = |flags: &str, parts: &[&str]| {
        case.fails_with(&format!("compile a.wasm {flags}"), b"", 2, parts);
    };
    refused("--target aarch64-linus", &["did you mean aarch64-linux?"]);
    refused("--target sparc", &["unknown target \"sparc\"", "known: x86_64-linux, aarch64-linux, riscv64-linux"]);
    refused("--target aarch64-linux --cpu +avx", &["aarch64-linux has no feature \"avx\"", "lse"]);
    refused("--target riscv64-linux --cpu x86-64-v3", &["no processor of riscv64-linux", "rva22u64"]);
    refused("--target riscv64-linux --cpu native", &["this machine is x86_64"]);
    refused("--target riscv64-linux --cpu=-d", &["G Extension"]);
}
