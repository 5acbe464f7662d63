;; Imports a memory only: no reference passes.
(module
  (import "hub" "memory" (memory 1))
  (memory 1)
  (table 1 funcref)
  (elem (i32.const 0) func $read)
  (func $read (export "read") (param i32) (result i32) (i32.load8_u 0 (local.get 0)))
  (func (export "through") (param i32) (result i32) (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0))))
