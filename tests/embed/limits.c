/* Limits of an instance, and an interrupt from another thread.
 * module: limits.wat --interruptible
 * module: fixed.wat
 * run: asan tsan windows
 */
#define _POSIX_C_SOURCE 200809L
#include "limits.h"
#include "fixed.h"
#include "check.h"
#include <pthread.h>
#include <string.h>
#include <time.h>

static void *interrupt(void *instance)
{
    struct timespec pause = {0, 50 * 1000 * 1000};
    nanosleep(&pause, NULL);
    wasmaot_interrupt((wasmaot_instance *)instance);
    return NULL;
}

int main(void)
{
    wasmaot_config config;
    limits_instance *instance;
    fixed_instance *fixed;
    pthread_t thread;
    int32_t result, shallow, deep;
    memset(&config, 0, sizeof config);

    config.max_memory = 65536;
    CHECK(limits_new(&config, NULL, &instance) == WASMAOT_LIMIT && instance == NULL);
    config.max_memory = 4 * 65536;
    config.max_table_elements = 3;
    config.max_stack = 64 << 10;
    CHECK(limits_new(&config, NULL, &instance) == WASMAOT_OK);
    CHECK(limits_grow(instance, 2) == 2 && limits_grow(instance, 1) == -1);
    CHECK(limits_grow_table(instance, 2) == 1 && limits_grow_table(instance, 1) == -1);
    CHECK(limits_try_dive(instance, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
    shallow = limits_get_depth(instance);
    limits_delete(instance);

    /* A table that cannot grow counts, too. */
    memset(&config, 0, sizeof config);
    config.max_table_elements = 99;
    CHECK(fixed_new(&config, NULL, &fixed) == WASMAOT_LIMIT && fixed == NULL);
    CHECK(strcmp(wasmaot_last_error(), "a table is larger than max_table_elements") == 0);
    config.max_table_elements = 100;
    CHECK(fixed_new(&config, NULL, &fixed) == WASMAOT_OK && fixed_call(fixed, 0) == 1);
    fixed_delete(fixed);

    memset(&config, 0, sizeof config);
    config.max_stack = 1 << 20;
    CHECK(limits_new(&config, NULL, &instance) == WASMAOT_OK);
    CHECK(limits_grow(instance, 98) == 2);
    CHECK(limits_try_dive(instance, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
    deep = limits_get_depth(instance);
    CHECK(shallow > 100 && deep > 12 * shallow && deep < 20 * shallow);

    CHECK(pthread_create(&thread, NULL, interrupt, instance) == 0);
    CHECK(limits_try_spin(instance) == WASMAOT_TRAP_INTERRUPT);
    CHECK(pthread_join(thread, NULL) == 0);
    /* The interrupt was for one call. */
    CHECK(limits_try_dive(instance, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
    limits_delete(instance);
    return 0;
}
