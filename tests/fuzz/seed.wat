;; What the text format can say, for the target `bytes` to take apart. The names have no meaning.
(module $seed
  (type $unary (func (param i32) (result i32)))
  (type $pair (func (param $a i64) (param f32 f64) (result i64 v128)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory $first (export "memory") 1 4)
  (memory $second i64 0 2)
  (memory $bytes 100 200 (pagesize 1))
  (data $hello (i32.const 8) "hello\00\n\u{2764}" "\ff")
  (data $passive "abc")
  (table $table 4 10 funcref)
  (table $external i64 1 externref)
  (elem $active (table $table) (offset (i32.add (i32.const 0) (i32.const 1))) func $identity $sum)
  (elem declare func $start)
  (elem $expressions funcref (ref.func $sum) (ref.null func))
  (global $counter (export "counter") (mut i32) (i32.const -0x1_0))
  (global $float f64 (f64.const -nan:0x4000000000001))
  (func $start (export "_start") (local i32 i64 (ref null $unary) v128)
    (local.set 0 (call $identity (i32.const 5)))
    block $out
      loop $again
        local.get 0
        i32.eqz
        br_if $out
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        br $again
      end
    end
    (drop (call_indirect (type $unary) (i32.const 7) (i32.const 1)))
    (memory.copy $first $bytes (i32.const 0) (i32.const 1) (i32.const 2))
    (memory.init $first $passive (i32.const 0) (i32.const 0) (i32.const 3))
    (data.drop $passive)
    (table.set $external (i64.const 0) (ref.null extern))
    (i64.store offset=16 align=4 $second (i64.const 0) (i64.const 0x7fff_ffff_ffff_ffff))
    (local.set 3 (i8x16.shuffle 0 1 2 3 4 5 6 7 24 25 26 27 28 29 30 31
      (v128.const f32x4 1 inf -inf nan) (v128.load $first (i32.const 0))))
    (call $exit (i32.const 0)))
  (func $identity (type $unary) (local.get 0))
  (func $sum (param $x i32) (result i32)
    (if (result i32) (i32.lt_s (local.get $x) (i32.const 1))
      (then (i32.const 0))
      (else (return_call $sum (i32.sub (local.get $x) (i32.const 1))))))
  (func (export "pair") (type $pair)
    local.get $a
    (br_table 0 0 (i64.const 1) (v128.const i64x2 1 2) (i32.wrap_i64 (local.get $a)))
  )
  (func (export "wide") (param i64 i64 i64 i64) (result i64 i64)
    local.get 0 local.get 1 local.get 2 local.get 3 i64.add128)
)
