;; Uses WASI: a clock, random bytes, standard output.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\03\00\00\00")
  (data (i32.const 16) "abc")
  (func (export "write") (result i32) (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func (export "clock") (result i32) (call $clock (i32.const 0) (i64.const 0) (i32.const 32)))
  (func (export "random") (result i32) (call $random (i32.const 40) (i32.const 8)))
  (func (export "harmless") (result i32) (i32.const 7)))
