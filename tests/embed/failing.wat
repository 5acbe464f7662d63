(module
  (import "exporter" "table" (table $table 4 funcref))
  (memory 1)
  (data (i32.const 0) "\4d")
  (elem (table $table) (i32.const 1) func $left)
  (func $left (result i32) (i32.load8_u (i32.const 0)))
  (func $start unreachable)
  (start $start))
