(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32) (result i64)))
  (type (;2;) (func))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (;0;) (type 0)))
  (memory (;0;) 1)
  (export "memory" (memory 0))
  (export "_start" (func $main))
  (func $factorial (;1;) (type 1) (param $n i32) (result i64) ;; HEAD
    (local $product i64) (local $half f32) (local f64 v128)
    i64.const 1 ;; FIRST
    local.set $product
    v128.const i32x4 0x00000001 0x00000002 0x00000003 0xffffffff
    local.set 4
    f64.const 0x1.8p+1 (;=3;)
    local.set 3 ;; THREE
    f32.const 0x1p-1 (;=0.5;)
    local.set $half
    block $done
      loop $again
        local.get $n
        i32.const 2
        i32.lt_s
        br_if $done ;; TEST
        local.get $product
        local.get $n
        i64.extend_i32_u
        i64.mul ;; MUL
        local.set $product
        local.get $n
        i32.const 1
        i32.sub
        local.set $n ;; LESS
        br $again
      end
    end
    local.get $product
  ) ;; END
  (func $main (;2;) (type 2) ;; MAIN
    i32.const 5
    call $factorial ;; CALL
    i64.const 120
    i64.ne
    call $exit
  )
)
