# A division fault: its row tells the kind.
# status: 134
# stderr: wasmaot: trap: integer divide by zero
# stderr:   0: main (wasm function 0)
    .include "program.inc"
    program
    .text
text:
main:
    push rbp
    mov rbp, rsp
    xor ecx, ecx
    xor edx, edx
    mov eax, 5
1:
    div ecx
    ud2
text_end:
    .section .rodata
    .balign 4
functions:
    function_row main, 0, name_main, sites-1
functions_end:
traps:
    trap_row 1b, 7
traps_end:
sites: sites_end:
