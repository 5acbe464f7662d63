# An endless loop is stopped by the time limit.
# env: WASMAOT_TIMEOUT=50ms
# status: 134
# stderr: wasmaot: trap: interrupted (time limit reached)
# stderr:   0: main (wasm function 0)
    .include "program.inc"
    program
    .text
text:
main:
    push rbp
    mov rbp, rsp
1:
    jmp 1b
text_end:
    .section .rodata
    .balign 4
functions:
    function_row main, 0, name_main, sites-1
functions_end:
traps: traps_end:
sites: sites_end:
