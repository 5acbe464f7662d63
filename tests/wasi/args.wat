;; args_sizes_get and args_get agree, and the arguments after the program's name are the ones given.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $check (param $ok i32) (param $code i32)
    (if (i32.eqz (local.get $ok)) (then (call $exit (local.get $code)))))
  (func (export "_start")
    (call $check (i32.eqz (call $sizes (i32.const 0) (i32.const 4))) (i32.const 1))
    (call $check (i32.eq (i32.load (i32.const 0)) (i32.const 3)) (i32.const 2))
    (call $check (i32.eqz (call $args (i32.const 16) (i32.const 64))) (i32.const 3))
    ;; argv[1] is "ab", argv[2] is empty and ends the buffer.
    (call $check (i32.eq (i32.load (i32.load (i32.const 20))) (i32.const 0x00006261)) (i32.const 4))
    (call $check (i32.eq (i32.load offset=24 (i32.const 0)) (i32.add (i32.load (i32.const 20)) (i32.const 3))) (i32.const 5))
    (call $check (i32.eq (i32.add (i32.load (i32.const 4)) (i32.const 63)) (i32.load (i32.const 24))) (i32.const 6))
    (call $exit (i32.const 0))))
