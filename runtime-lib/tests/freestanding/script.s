# A script: instantiation traps once, exports add numbers, trap in code and in the runtime, exhaust the stack.
# stdin: 01 00000000  02 00000000 05000000000000000000000000000000 06000000000000000000000000000000
# stdin: 02 01000000  02 02000000  02 03000000  02 00000000 01000000000000000000000000000000 ffffffffffffffff0000000000000000
# stdout: 01  00 0b000000000000000000000000000000  07 03 09  00 00000000000000000000000000000000
# status: 0
    .include "program.inc"
    program instances=instance, count=1, flags=1, script=script, script_count=4
    .set main, 0
    .text
text:
add:
    mov rax, [rdi]
    add rax, [rdi + 16]
    mov [rdi], rax
    ret
divide:
    xor ecx, ecx
    xor edx, edx
    xor eax, eax
1:
    div ecx
runtime:
    push rbp
    mov rbp, rsp
    mov edi, 3
    call wasmaot_trap
recurse:
    push rbp
    mov rbp, rsp
    call recurse
init:
    ud2
text_end:
    .section .data.rel.ro, "aw"
    .balign 8
instance:
    .quad 0, 0, 0, 0, 0, 0, init
script:
    .quad add
    .long 2, 1
    .quad divide
    .long 0, 0
    .quad runtime
    .long 0, 0
    .quad recurse
    .long 0, 0
    .section .rodata
    .balign 4
functions: functions_end:
traps:
    trap_row 1b, 7
    trap_row init, 1
traps_end:
sites: sites_end:
