/* The registers that belong to the caller by Windows' convention: kept by calls that return, that trap, and that the host ends.
 * module: plain.wat
 * only: windows windows-explicit windows-dll
 */
#include "plain.h"
#include "check.h"
#include <string.h>

/* Gives each register a value, calls a function, and tells which have another afterwards: a bit for each of rbx, rdi, rsi, r12 to
 * r15, rbp, xmm6 to xmm15. */
unsigned lost(void (*function)(void));
__asm__(".globl lost\n"
        "lost:\n"
        "pushq %rbx\n"
        "pushq %rdi\n"
        "pushq %rsi\n"
        "pushq %r12\n"
        "pushq %r13\n"
        "pushq %r14\n"
        "pushq %r15\n"
        "pushq %rbp\n"
        "subq $200, %rsp\n"
        "movups %xmm6, 32(%rsp)\n"
        "movups %xmm7, 48(%rsp)\n"
        "movups %xmm8, 64(%rsp)\n"
        "movups %xmm9, 80(%rsp)\n"
        "movups %xmm10, 96(%rsp)\n"
        "movups %xmm11, 112(%rsp)\n"
        "movups %xmm12, 128(%rsp)\n"
        "movups %xmm13, 144(%rsp)\n"
        "movups %xmm14, 160(%rsp)\n"
        "movups %xmm15, 176(%rsp)\n"
        "movq %rcx, %rax\n"
        "movq $4369, %rbx\n"
        "movq $8738, %rdi\n"
        "movq $13107, %rsi\n"
        "movq $17476, %r12\n"
        "movq $21845, %r13\n"
        "movq $26214, %r14\n"
        "movq $30583, %r15\n"
        "movq $34952, %rbp\n"
        "movq $65537, %rcx\n"
        "movq %rcx, %xmm6\n"
        "punpcklqdq %xmm6, %xmm6\n"
        "movq $131074, %rcx\n"
        "movq %rcx, %xmm7\n"
        "punpcklqdq %xmm7, %xmm7\n"
        "movq $196611, %rcx\n"
        "movq %rcx, %xmm8\n"
        "punpcklqdq %xmm8, %xmm8\n"
        "movq $262148, %rcx\n"
        "movq %rcx, %xmm9\n"
        "punpcklqdq %xmm9, %xmm9\n"
        "movq $327685, %rcx\n"
        "movq %rcx, %xmm10\n"
        "punpcklqdq %xmm10, %xmm10\n"
        "movq $393222, %rcx\n"
        "movq %rcx, %xmm11\n"
        "punpcklqdq %xmm11, %xmm11\n"
        "movq $458759, %rcx\n"
        "movq %rcx, %xmm12\n"
        "punpcklqdq %xmm12, %xmm12\n"
        "movq $524296, %rcx\n"
        "movq %rcx, %xmm13\n"
        "punpcklqdq %xmm13, %xmm13\n"
        "movq $589833, %rcx\n"
        "movq %rcx, %xmm14\n"
        "punpcklqdq %xmm14, %xmm14\n"
        "movq $655370, %rcx\n"
        "movq %rcx, %xmm15\n"
        "punpcklqdq %xmm15, %xmm15\n"
        "call *%rax\n"
        "xorl %eax, %eax\n"
        "cmpq $4369, %rbx\n"
        "je 1f\n"
        "orl $1, %eax\n"
        "1:\n"
        "cmpq $8738, %rdi\n"
        "je 1f\n"
        "orl $2, %eax\n"
        "1:\n"
        "cmpq $13107, %rsi\n"
        "je 1f\n"
        "orl $4, %eax\n"
        "1:\n"
        "cmpq $17476, %r12\n"
        "je 1f\n"
        "orl $8, %eax\n"
        "1:\n"
        "cmpq $21845, %r13\n"
        "je 1f\n"
        "orl $16, %eax\n"
        "1:\n"
        "cmpq $26214, %r14\n"
        "je 1f\n"
        "orl $32, %eax\n"
        "1:\n"
        "cmpq $30583, %r15\n"
        "je 1f\n"
        "orl $64, %eax\n"
        "1:\n"
        "cmpq $34952, %rbp\n"
        "je 1f\n"
        "orl $128, %eax\n"
        "1:\n"
        "movq $65537, %rcx\n"
        "movq %xmm6, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm6, %xmm6\n"
        "movq %xmm6, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $256, %eax\n"
        "2:\n"
        "movq $131074, %rcx\n"
        "movq %xmm7, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm7, %xmm7\n"
        "movq %xmm7, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $512, %eax\n"
        "2:\n"
        "movq $196611, %rcx\n"
        "movq %xmm8, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm8, %xmm8\n"
        "movq %xmm8, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $1024, %eax\n"
        "2:\n"
        "movq $262148, %rcx\n"
        "movq %xmm9, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm9, %xmm9\n"
        "movq %xmm9, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $2048, %eax\n"
        "2:\n"
        "movq $327685, %rcx\n"
        "movq %xmm10, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm10, %xmm10\n"
        "movq %xmm10, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $4096, %eax\n"
        "2:\n"
        "movq $393222, %rcx\n"
        "movq %xmm11, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm11, %xmm11\n"
        "movq %xmm11, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $8192, %eax\n"
        "2:\n"
        "movq $458759, %rcx\n"
        "movq %xmm12, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm12, %xmm12\n"
        "movq %xmm12, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $16384, %eax\n"
        "2:\n"
        "movq $524296, %rcx\n"
        "movq %xmm13, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm13, %xmm13\n"
        "movq %xmm13, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $32768, %eax\n"
        "2:\n"
        "movq $589833, %rcx\n"
        "movq %xmm14, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm14, %xmm14\n"
        "movq %xmm14, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $65536, %eax\n"
        "2:\n"
        "movq $655370, %rcx\n"
        "movq %xmm15, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "jne 1f\n"
        "punpckhqdq %xmm15, %xmm15\n"
        "movq %xmm15, %rdx\n"
        "cmpq %rcx, %rdx\n"
        "je 2f\n"
        "1:\n"
        "orl $131072, %eax\n"
        "2:\n"
        "movups 32(%rsp), %xmm6\n"
        "movups 48(%rsp), %xmm7\n"
        "movups 64(%rsp), %xmm8\n"
        "movups 80(%rsp), %xmm9\n"
        "movups 96(%rsp), %xmm10\n"
        "movups 112(%rsp), %xmm11\n"
        "movups 128(%rsp), %xmm12\n"
        "movups 144(%rsp), %xmm13\n"
        "movups 160(%rsp), %xmm14\n"
        "movups 176(%rsp), %xmm15\n"
        "addq $200, %rsp\n"
        "popq %rbp\n"
        "popq %r15\n"
        "popq %r14\n"
        "popq %r13\n"
        "popq %r12\n"
        "popq %rsi\n"
        "popq %rdi\n"
        "popq %rbx\n"
        "ret\n");

static plain_instance *instance;
static double sum;

/* Needs many registers itself. */
static int32_t env_log(void *context, int32_t value)
{
    double numbers[12];
    int32_t loaded;
    int i, k;
    (void)context;
    for (i = 0; i < 12; i++)
        numbers[i] = value + i;
    for (k = 0; k < 100; k++)
        for (i = 0; i < 12; i++)
            numbers[i] = numbers[i] * 1.5 + numbers[(i + 5) % 12];
    for (i = 0; i < 12; i++)
        sum += numbers[i];
    if (value == 9)
        CHECK(plain_try_load(instance, -4, &loaded) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    if (value == 8)
        wasmaot_throw((wasmaot_instance *)instance, "eight");
    return value;
}

static void returns(void)
{
    CHECK(plain_call_log(instance, 9) == 9);
    CHECK(plain_add(instance, 1, 2) == 3);
}

static void tries(void)
{
    int32_t result;
    CHECK(plain_try_call_log(instance, 9, &result) == WASMAOT_OK && result == 9);
}

static void traps(void)
{
    int32_t result;
    CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(plain_try_deep(instance, 1 << 30, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
}

static void throws(void)
{
    int32_t result;
    CHECK(plain_try_call_log(instance, 8, &result) == WASMAOT_HOST_ERROR);
}

int main(void)
{
    plain_imports imports;
    memset(&imports, 0, sizeof imports);
    imports.env_log = env_log;
    CHECK(plain_new(NULL, &imports, &instance) == WASMAOT_OK);
    CHECK(lost(returns) == 0);
    CHECK(lost(tries) == 0);
    CHECK(lost(traps) == 0);
    CHECK(lost(throws) == 0);
    plain_delete(instance);
    return 0;
}
