/* Handlers of exceptions that the host had before, and that it installs later, get what is theirs: a host that commits its own
 * pages when they are touched. Of Windows; recovery.c is the same with signals.
 * module: plain.wat
 * only: windows windows-dll
 */
#include "plain.h"
#include "check.h"
#include <string.h>
#include <windows.h>

enum { PAGE = 4096, PAGES = 8, TRAPS = 20000 };

static volatile char *pages;
static volatile int before_count, after_count, passes, asks;

static int commits(EXCEPTION_POINTERS *pointers)
{
    const EXCEPTION_RECORD *record = pointers->ExceptionRecord;
    uintptr_t offset;
    if (record->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
        return 0;
    offset = record->ExceptionInformation[1] - (uintptr_t)pages;
    return offset < PAGE * PAGES && VirtualAlloc((char *)pages + offset / PAGE * PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE) != NULL;
}

static LONG WINAPI before(EXCEPTION_POINTERS *pointers)
{
    if (!commits(pointers))
        return EXCEPTION_CONTINUE_SEARCH;
    before_count++;
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* Comes first. */
static LONG WINAPI after(EXCEPTION_POINTERS *pointers)
{
    if (commits(pointers)) {
        after_count++;
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    passes++;
    if (asks)
        return wasmaot_try_handle_exception(pointers) ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
    return EXCEPTION_CONTINUE_SEARCH;
}

static int32_t env_log(void *context, int32_t value)
{
    /* Within a call, too. */
    pages[*(int *)context * PAGE] = 1;
    return value;
}

/* The library is not asked at all. */
static int without_handlers(const plain_imports *imports)
{
    plain_instance *instance;
    wasmaot_config config;
    int32_t result, status;
    void *handler;
    memset(&config, 0, sizeof config);
    config.flags = WASMAOT_CONFIG_NO_HANDLERS;
    CHECK(plain_new(&config, imports, &instance) == WASMAOT_OK);
    handler = AddVectoredExceptionHandler(1, after);
    asks = 1;
    passes = 0;
    status = plain_try_load(instance, -4, &result);
    CHECK(status == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS && passes == 1);
    asks = 0;
    CHECK(RemoveVectoredExceptionHandler(handler));
    plain_delete(instance);
    return 1;
}

int main(void)
{
    plain_imports imports;
    plain_instance *instance;
    int32_t result;
    int i, page = 1;
    void *handler;
    /* The library's slot for threads is none of the first 64. */
    for (i = 0; i < 64; i++)
        CHECK(TlsAlloc() != TLS_OUT_OF_INDEXES);
    pages = (char *)VirtualAlloc(NULL, PAGE * PAGES, MEM_RESERVE, PAGE_NOACCESS);
    CHECK(pages && AddVectoredExceptionHandler(1, before));
    memset(&imports, 0, sizeof imports);
    imports.env_log = env_log;
    imports.context = &page;
    CHECK(without_handlers(&imports));
    CHECK(plain_new(NULL, &imports, &instance) == WASMAOT_OK);
    for (i = 0; i < TRAPS; i++)
        CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    pages[0] = 1;
    CHECK(before_count == 1);
    CHECK(plain_try_call_log(instance, 3, &result) == WASMAOT_OK && before_count == 2);
    handler = AddVectoredExceptionHandler(1, after);
    passes = 0;
    CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS && passes == 1);
    page = 2;
    CHECK(plain_try_call_log(instance, 3, &result) == WASMAOT_OK);
    pages[3 * PAGE] = 1;
    CHECK(before_count == 2 && after_count == 2);
    CHECK(RemoveVectoredExceptionHandler(handler));
    CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    plain_delete(instance);
    return 0;
}
