(module
  (memory (export "reserved") 2)
  (memory (export "wide") i64 2)
  (memory (export "bytes") 131072 (pagesize 1)))
