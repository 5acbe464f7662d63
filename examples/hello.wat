;; Greets its first argument, or the world: `wasmaot run examples/hello.wat Ada` prints `Hello, Ada!`.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 3)
  (data (i32.const 0) "Hello, ")
  (data (i32.const 8) "world")
  (data (i32.const 16) "!\n")

  ;; Bytes before the NUL at $text.
  (func $length (param $text i32) (result i32)
    (local $end i32)
    (local.set $end (local.get $text))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load8_u (local.get $end))))
        (local.set $end (i32.add (local.get $end) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $end) (local.get $text)))

  (func $main (export "_start")
    (local $name i32)
    (local.set $name (i32.const 8))
    ;; Number of arguments at 64, bytes of their text at 68.
    (drop (call $args_sizes_get (i32.const 64) (i32.const 68)))
    ;; The first 128 KiB are for pointers and texts; longer command lines are left alone.
    (if (i32.and
          (i32.gt_u (i32.load (i32.const 64)) (i32.const 1))
          (i32.and
            (i32.lt_u (i32.load (i32.const 64)) (i32.const 8192))
            (i32.lt_u (i32.load (i32.const 68)) (i32.const 65536))))
      (then
        (drop (call $args_get (i32.const 1024) (i32.const 65536)))
        (local.set $name (i32.load (i32.const 1028)))))
    ;; Three pieces, written at once: address and length of each.
    (i32.store (i32.const 32) (i32.const 0))
    (i32.store (i32.const 36) (i32.const 7))
    (i32.store (i32.const 40) (local.get $name))
    (i32.store (i32.const 44) (call $length (local.get $name)))
    (i32.store (i32.const 48) (i32.const 16))
    (i32.store (i32.const 52) (i32.const 2))
    (if (call $fd_write (i32.const 1) (i32.const 32) (i32.const 3) (i32.const 56))
      (then (call $proc_exit (i32.const 1))))))
