/* 300,000 traps: each comes back, and memory does not grow. The host's own handlers get what is theirs, whether they were
 * there before or come later.
 * module: plain.wat
 * run: aarch64
 */
#define _GNU_SOURCE
#include "plain.h"
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile sig_atomic_t before_count, after_count;
static volatile int *volatile nowhere;

static void before(int signal, siginfo_t *info, void *context)
{
    (void)info, (void)context;
    CHECK(signal == SIGSEGV);
    before_count++;
    siglongjmp(back, 1);
}

static void after(int signal, siginfo_t *info, void *context)
{
    if (wasmaot_try_handle(signal, info, context))
        return;
    after_count++;
    siglongjmp(back, 1);
}

static int32_t env_log(void *context, int32_t value)
{
    (void)context;
    return value;
}

static long resident(void)
{
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld %ld", &size, &pages) == 2);
    fclose(file);
    return pages;
}

static void handle(void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
}

int main(void)
{
    plain_imports imports;
    plain_instance *instance;
    int32_t result;
    long start = 0;
    int i;
    sigset_t mask;
    memset(&imports, 0, sizeof imports);
    imports.env_log = env_log;
    handle(before);
    CHECK(plain_new(NULL, &imports, &instance) == WASMAOT_OK);
    for (i = 0; i < 300000; i++) {
        CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
        if (i == 1000)
            start = resident();
    }
    /* The kernel counts in batches; eight bytes for each trap would be 580 pages. */
    CHECK(resident() - start < 256);
    /* The mask is what it was. */
    CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0 && !sigismember(&mask, SIGSEGV));
    nowhere = (volatile int *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sigsetjmp(back, 1) == 0)
        *nowhere = 1;
    CHECK(before_count == 1);
    handle(after);
    CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    if (sigsetjmp(back, 1) == 0)
        *nowhere = 1;
    CHECK(after_count == 1 && before_count == 1);
    CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    plain_delete(instance);
    return 0;
}
