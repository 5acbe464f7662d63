/* Instances on 8 threads at once, made, used, trapping and ended on each; one ended by another thread than made it.
 * module: plain.wat
 * run: asan tsan windows windows-dll
 */
#include "plain.h"
#include "check.h"
#include <pthread.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 200 };

static int32_t env_log(void *context, int32_t value)
{
    return value + *(int *)context;
}

static void *work(void *data)
{
    int number = *(int *)data, i;
    plain_imports imports;
    plain_instance *instance = NULL, *other;
    int32_t result;
    memset(&imports, 0, sizeof imports);
    imports.context = &number;
    imports.env_log = env_log;
    for (i = 0; i < ROUNDS; i++) {
        CHECK(plain_new(NULL, &imports, &other) == WASMAOT_OK);
        plain_delete(instance);
        instance = other;
        plain_set_counter(instance, number);
        CHECK(plain_try_call_log(instance, i, &result) == WASMAOT_OK && result == i + number);
        CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
        CHECK(plain_try_deep(instance, 1000000000, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
        CHECK(plain_get_counter(instance) == number);
    }
    return instance;
}

int main(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS], i;
    void *instance;
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], &instance) == 0);
        CHECK(plain_get_counter((plain_instance *)instance) == i);
        plain_delete((plain_instance *)instance);
    }
    return 0;
}
