# Endless recursion; the fault is in the first instruction of a function.
# status: 134
# stderr: wasmaot: trap: call stack exhausted
# stderr:   0: f (wasm function 1)
# stderr:   1: f (wasm function 1, offset 0x5)
# lines: 66
    .include "program.inc"
    program
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
    call f
1:
    ud2
text_end:
    .section .rodata
    .balign 4
functions:
    function_row main, 0, name_main, sites-1
    function_row f, 1, name_f, sites
functions_end:
traps: traps_end:
sites:
    .byte 1b - f, 5
sites_end:
