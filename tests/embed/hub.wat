;; Calls what others put into its table and its global.
(module
  (type $unary (func (param i32) (result i32)))
  (import "host" "wrap" (func $wrap (param i32) (result i32)))
  (table $table (export "table") 8 funcref)
  (global $last (export "last") (mut (ref null $unary)) (ref.null $unary))
  (memory (export "memory") 1)
  (data (i32.const 0) "\2a")
  (func (export "call") (param i32 i32) (result i32)
    (call_indirect $table (type $unary) (local.get 1) (local.get 0)))
  (func (export "call-last") (param i32) (result i32) (call_ref $unary (local.get 0) (global.get $last)))
  (func (export "call-host") (param i32) (result i32) (call $wrap (local.get 0)))
  (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0))))
