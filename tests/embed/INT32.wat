;; With its name in front, exports are macros.
(module
  (func (export "MAX") (result i32) (i32.const 1))
  (func (export "t") (result i32) (i32.const 2))
  (global (export "C") i32 (i32.const 3)))
