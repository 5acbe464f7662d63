# A growable table: grow, fill, copy, init, and an access beyond its end.
# status: 134
# stderr: wasmaot: trap: out of bounds table access
# stderr:   0: main (wasm function 0)
    .include "program.inc"
    program instances=instance, count=1
    .text
text:
main:
    push rbp
    mov rbp, rsp
    lea rdi, [rip + table]
    mov esi, 5
    mov edx, 9999
    call wasmaot_table_grow
    cmp rax, 1
    jne bad
    lea rdi, [rip + table]
    xor esi, esi
    mov edx, 1
    call wasmaot_table_grow
    cmp rax, -1
    jne bad
    lea rdi, [rip + table]
    lea rsi, [rip + segment]
    mov edx, 9998
    mov ecx, 1
    mov r8d, 2
    call wasmaot_table_init
    lea rdi, [rip + table]
    mov esi, 7
    lea rdx, [rip + table]
    mov ecx, 9997
    mov r8d, 3
    call wasmaot_table_copy
    mov rax, [rip + table]
    cmp qword ptr [rax], 0
    jne bad
    cmp qword ptr [rax + 7*8], 5
    jne bad
    cmp qword ptr [rax + 8*8], 21
    jne bad
    cmp qword ptr [rax + 9*8], 22
    jne bad
    lea rdi, [rip + table]
    mov esi, 9999
    mov edx, 1
    mov ecx, 2
    call wasmaot_table_fill
bad:
    ud2
text_end:
    .data
    .balign 8
table:
    .quad 0, 0, 1, 10000
segment:
    .quad elements, 3
elements:
    .quad 20, 21, 22
    .section .data.rel.ro, "aw"
    .balign 8
tables: .quad table
instance:
    .quad 0, 0, 0, 0, tables, 1, 0
    .section .rodata
    .balign 4
functions:
    function_row main, 0, name_main, sites-1
functions_end:
traps: traps_end:
sites: sites_end:
