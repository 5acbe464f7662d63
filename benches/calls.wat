(module
  (memory (export "memory") 16)
  (data (i32.const 1024) "some initial content")
  (func (export "id") (param i32) (result i32) (local.get 0)))
