(module
  (import "lender" "memory" (memory 2))
  (func (export "read") (param i32) (result i32) (i32.load (local.get 0))))
