# A program that does nothing but return.
# status: 0
    .include "program.inc"
    program
    .text
text:
main:
    ret
text_end:
    .section .rodata
functions: functions_end:
traps: traps_end:
sites: sites_end:
