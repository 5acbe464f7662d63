# Memory 0 at the constant address, with a movable image: reads it, grows, then reads beyond.
# status: 134
# stderr: wasmaot: trap: out of bounds memory access
# stderr:   0: f (wasm function 1)
# stderr:   1: main (wasm function 0)
    .include "program.inc"
    program instances=instance, count=1
    .text
text:
main:
    push rbp
    mov rbp, rsp
    cmp byte ptr [0x10000 + 4096], 42
    jne bad
    cmp byte ptr [0x10000 + 4096 + 4095], 0
    jne bad
    cmp byte ptr [0x10000 + 17], 7
    jne bad
    mov byte ptr [0x1ffff], 1
    lea rdi, [rip + memory]
    mov esi, 2
    call wasmaot_memory_grow
    cmp eax, 1
    jne bad
    mov byte ptr [0x3ffff], 1
    lea rdi, [rip + memory]
    mov esi, 2
    call wasmaot_memory_grow
    cmp rax, -1
    jne bad
    lea rdi, [rip + memory]
    mov esi, 0x10000
    mov edx, 0x10c
    mov ecx, 0x20000
    call wasmaot_memory_fill
    cmp byte ptr [0x3ffff], 12
    jne bad
    call f
bad:
    ud2
f:
    mov eax, dword ptr [0x3fffd]
    ud2
text_end:
    .section .data.image, "aw"
    .balign 4096
image:
    .byte 42
    .zero 4095
image_end:
    .data
small: .byte 7
    .balign 8
memory:
    .quad 0x10000, 0, 0x10000, 0x30000, 0x200010000
    .long 16, 2
    .section .data.rel.ro, "aw"
    .balign 8
memories: .quad memory
images:
    .quad image, 4096, 4096
    .long 0, 1
    .quad small, 1, 17
    .long 0, 0
instance:
    .quad memories, 1, images, 2, 0, 0, 0
    .section .rodata
    .balign 4
functions:
    function_row main, 0, name_main, sites-1
    function_row f, 1, name_f, sites-1
functions_end:
traps: traps_end:
sites: sites_end:
