;; Inverts the brightness of an image of one byte a pixel, in place. In real life: C, Rust, Zig, ...
(module
  (memory (export "memory") 1 256)
  (global $end (mut i32) (i32.const 1024))
  ;; Room for so many bytes: their address, or 0.
  (func (export "allocate") (param $bytes i32) (result i32) (local $at i32)
    (local.set $at (global.get $end))
    (global.set $end (i32.add (local.get $at) (local.get $bytes)))
    (if (i32.gt_u (global.get $end) (i32.shl (memory.size) (i32.const 16)))
      (then
        (if (i32.eq (i32.const -1)
              (memory.grow (i32.shr_u (i32.add (local.get $bytes) (i32.const 65535)) (i32.const 16))))
          (then (return (i32.const 0))))))
    (local.get $at))
  (func (export "invert") (param $at i32) (param $width i32) (param $height i32) (local $end i32)
    (local.set $end (i32.add (local.get $at) (i32.mul (local.get $width) (local.get $height))))
    (loop $next
      (if (i32.lt_u (local.get $at) (local.get $end))
        (then
          (i32.store8 (local.get $at) (i32.xor (i32.load8_u (local.get $at)) (i32.const 255)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))))
