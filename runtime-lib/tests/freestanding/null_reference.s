# A null function reference's descriptor is read: the row tells the kind, not the address.
# status: 134
# stderr: wasmaot: trap: uninitialized element
# stderr:   0: main (wasm function 0)
    .include "program.inc"
    program
    .text
text:
main:
    push rbp
    mov rbp, rsp
    xor ecx, ecx
1:
    mov eax, dword ptr [rcx + 4]
    ud2
text_end:
    .section .rodata
    .balign 4
functions:
    function_row main, 0, name_main, sites-1
functions_end:
traps:
    trap_row 1b, 4
traps_end:
sites: sites_end:
