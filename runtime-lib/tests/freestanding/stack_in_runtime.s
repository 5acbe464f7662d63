# The stack ends in a function of the runtime that wasm called: still an exhausted stack.
# status: 134
# stderr: wasmaot: trap: call stack exhausted
# stderr:   0: f (wasm function 1, offset 0x9)
# stderr:   1: f (wasm function 1, offset 0xa)
# lines: 66
    .include "program.inc"
    program instances=instance, count=1
    .text
text:
main:
    push rbp
    mov rbp, rsp
    sub rsp, 16
    call f
    ud2
f:
    push rbp
    mov rbp, rsp
    lea rdi, [rip + memory]
    xor esi, esi
    call wasmaot_memory_grow # needs more stack than a recursion, so it runs out first
1:
    call f
2:
    ud2
text_end:
    .data
    .balign 8
memory:
    .quad 0, 0, 0x10000, 0x30000, 0x200010000
    .long 16, 0
    .section .data.rel.ro, "aw"
    .balign 8
memories: .quad memory
instance:
    .quad memories, 1, 0, 0, 0, 0, 0
    .section .rodata
    .balign 4
functions:
    function_row main, 0, name_main, sites-1
    function_row f, 1, name_f, sites
functions_end:
traps: traps_end:
sites:
    .byte 1b - f, 9, 2b - 1b, 1
sites_end:
