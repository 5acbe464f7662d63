# A memory larger than the limit on memories.
# env: WASMAOT_MAX_MEMORY=65536
# status: 125
# stderr: wasmaot: cannot start: its memories are larger than the limit (--max-memory)
    .include "program.inc"
    program instances=instance, count=1
    .text
text:
main:
    ret
text_end:
    .data
    .balign 8
memory:
    .quad 0, 0, 0x20000, 0x20000, 0x200010000
    .long 16, 0
    .section .data.rel.ro, "aw"
    .balign 8
memories: .quad memory
instance:
    .quad memories, 1, 0, 0, 0, 0, 0
    .section .rodata
functions: functions_end:
traps: traps_end:
sites: sites_end:
