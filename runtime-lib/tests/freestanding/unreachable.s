# A trap instruction two calls deep: kind from the trap table, offsets from the sites.
# status: 134
# stderr: wasmaot: trap: unreachable
# stderr:   0: g (wasm function 2, offset 0x80)
# stderr:   1: f (wasm function 1, offset 0x7f)
# stderr:   2: main (wasm function 0)
    .include "program.inc"
    program
    .text
text:
main:
    push rbp
    mov rbp, rsp
    call f
    pop rbp
    ret
f:
    push rbp
    mov rbp, rsp
    call g
1:
    pop rbp
    ret
g:
    push rbp
    mov rbp, rsp
2:
    ud2
text_end:
    .section .rodata
    .balign 4
functions:
    function_row main, 0, name_main, sites-1
    function_row f, 1, name_f, sites_f
    function_row g, 2, name_g, sites_g
functions_end:
traps:
    trap_row 2b, 1
traps_end:
sites:
sites_f:
    .byte 1b - f, 0xff, 0
sites_g:
    .byte 2b - g, 0x80, 1
sites_end:
