(module
  (table 100 funcref)
  (elem (i32.const 0) func $one)
  (func $one (result i32) (i32.const 1))
  (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))
