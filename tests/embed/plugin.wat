(module
  (memory 1)
  (data (i32.const 40) "\16")
  (func (export "run") (param i32) (result i32)
    (i32.add (local.get 0) (i32.load8_u (i32.add (local.get 0) (i32.const 20))))))
