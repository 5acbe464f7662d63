# Writes through WASI: descriptor table, memory of the caller, exit code.
# stdout: 68656c6c6f0a
# status: 3
    .include "program.inc"
    program instances=instance, count=1
    .text
text:
main:
    push rbp
    mov rbp, rsp
    lea rdi, [rip + host]
    mov esi, 1
    xor edx, edx
    mov ecx, 1
    mov r8d, 8
    call wasmaot_p1_fd_write
    test eax, eax
    jne bad
    cmp dword ptr [0x10008], 6
    jne bad
    lea rdi, [rip + host]
    mov esi, 3
    call wasmaot_p1_proc_exit
bad:
    ud2
text_end:
    .data
iovec: .long 16, 6, 0, 0
    .ascii "hello\n"
iovec_end:
    .balign 8
memory:
    .quad 0x10000, 0, 0x110000, 0x100000000, 0x200010000
    .long 16, 2
    .section .data.rel.ro, "aw"
    .balign 8
host: .quad memory, 0
memories: .quad memory
images:
    .quad iovec, iovec_end - iovec, 0
    .long 0, 0
instance:
    .quad memories, 1, images, 1, 0, 0, 0
    .section .rodata
functions: functions_end:
traps: traps_end:
sites: sites_end:
