# An access of compiled code that is no memory's and has no row is a fault like any other.
# signal: 11
    .include "program.inc"
    program
    .text
text:
main:
    push rbp
    mov rbp, rsp
    mov rax, 0x7ffff0000000
    neg rax
    shr rax, 20
    mov eax, dword ptr [rax]
    ud2
text_end:
    .section .rodata
functions: functions_end:
traps: traps_end:
sites: sites_end:
