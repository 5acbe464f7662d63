/* Large functions: they keep the instance in a register that belongs to the caller, also when the host calls another
 * instance meanwhile, when a call ends early, and for who unwinds the stack.
 * module: pinned.wat
 * run: asan explicit cpp aarch64 riscv64 windows windows-explicit
 */
#include "pinned.h"
#include "check.h"
#include <string.h>
#ifdef __x86_64__
#include <unwind.h>
#endif

enum { COUNT = 224 };

static pinned_instance *instances[3];
/* Calls within the outermost, and walks over its frame. */
static int depth, walks;

#ifdef __x86_64__
static uintptr_t kept, caller;

/* At the frame of who called the outermost function, the register has its value. */
static _Unwind_Reason_Code at_frame(struct _Unwind_Context *context, void *data)
{
    (void)data;
    if (_Unwind_GetRegionStart(context) != caller)
        return _URC_NO_REASON;
    walks++;
#ifndef _WIN32
    /* The compiler's unwinder does not know it there, and there is no such register. */
    CHECK(_Unwind_GetGR(context, 15) == kept);
#endif
    return _URC_END_OF_STACK;
}
#endif

static int32_t look(void *context, int32_t address)
{
    int32_t result = 1;
    CHECK(context == &instances[depth]);
#ifdef __x86_64__
    _Unwind_Backtrace(at_frame, NULL);
#else
    walks++;
#endif
    if (depth < 2) {
        depth++;
        result += pinned_sum(instances[depth], address);
        CHECK(pinned_try_trap(instances[depth], &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
        depth--;
        result = 1000;
    }
    return result;
}

#ifdef __GNUC__
__attribute__((noinline))
#endif
static int32_t outermost(int32_t address)
{
    int32_t result;
#ifdef __x86_64__
    caller = (uintptr_t)outermost;
    __asm__ volatile("movq %%r15, %0" : "=r"(kept));
#endif
    result = pinned_sum(instances[0], address);
#ifdef __x86_64__
    {
        uintptr_t now;
        __asm__ volatile("movq %%r15, %0" : "=r"(now));
        CHECK(now == kept);
    }
#endif
    return result;
}

int main(void)
{
    pinned_imports imports;
    int i, k;
    for (i = 0; i < 3; i++) {
        memset(&imports, 0, sizeof imports);
        imports.context = &instances[i];
        imports.host_look = look;
        CHECK(pinned_new(NULL, &imports, &instances[i]) == WASMAOT_OK);
    }
    for (i = 0; i < 3; i++) {
        int32_t *numbers = (int32_t *)wasmaot_memory_at(pinned_memory(instances[i]), 64, 4 * COUNT);
        for (k = 0; k < COUNT; k++)
            numbers[k] = 10000 * (i + 1);
    }
    CHECK(outermost(64) == 10000 * COUNT + 1000);
    CHECK(walks >= 3);
    for (i = 0; i < 3; i++)
        pinned_delete(instances[i]);
    return 0;
}
