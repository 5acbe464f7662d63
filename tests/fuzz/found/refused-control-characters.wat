;; Messages quote names: what is in them must not reach the terminal.
(module (memory 1) (export "a\1b[31m\00\0a" (memory 0)) (export "a\1b[31m\00\0a" (memory 0)))
