# A fault outside compiled code is no trap.
# signal: 11
    .include "program.inc"
    program
    .text
text:
main:
    jmp outside
text_end:
outside:
    mov eax, dword ptr [rsp - 0x7fff0000]
    ud2
    .section .rodata
functions: functions_end:
traps: traps_end:
sites: sites_end:
