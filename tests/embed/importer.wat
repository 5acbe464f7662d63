(module
  (type $three (func (param i32 i32 i32) (result i64 i64 i64)))
  (import "exporter" "table" (table $table 4 funcref))
  (import "exporter" "deep" (func $deep (result i32)))
  (memory 1)
  (func (export "one") (result i32) (i32.const 1))
  (func (export "dive") (result i32) (call $deep))
  (func (export "pick") (param i32 i32 i32 i32) (result i64 i64 i64)
    (call_indirect $table (type $three) (local.get 1) (local.get 2) (local.get 3) (local.get 0))))
