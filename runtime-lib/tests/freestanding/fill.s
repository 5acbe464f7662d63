# A bulk instruction out of bounds: the trap is raised by the runtime, the frames are wasm's.
# status: 134
# stderr: wasmaot: trap: out of bounds memory access
# stderr:   0: f (wasm function 1, offset 0x22)
# stderr:   1: main (wasm function 0)
    .include "program.inc"
    program instances=instance, count=1
    .text
text:
main:
    push rbp
    mov rbp, rsp
    call f
    ud2
f:
    push rbp
    mov rbp, rsp
    lea rdi, [rip + memory]
    mov rsi, -1
    xor edx, edx
    mov ecx, 2
    call wasmaot_memory_fill
1:
    ud2
text_end:
    .data
    .balign 8
memory:
    .quad 0, 0, 0x10000, 0x10000, 0x200010000
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
    .byte 1b - f, 0x22
sites_end:
