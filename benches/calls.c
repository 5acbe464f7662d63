/* What a call into a module costs beside a C call through a pointer, and what an instance costs. */
#define _POSIX_C_SOURCE 200809L
#include "calls.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef WASM2C
#include "calls-wasm2c.h"
#endif

enum { CALLS = 100000000, NEWS = 10000 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int32_t native(void *context, int32_t value)
{
    (void)context;
    return value;
}

int main(void)
{
    int32_t (*volatile pointer)(void *, int32_t) = native;
    int32_t (*volatile direct)(calls_instance *, int32_t) = calls_id;
    calls_instance *instance, **all = calloc(NEWS, sizeof *all);
    int32_t sum = 0, result;
    double start;
    int i;
    if (!all || calls_new(NULL, NULL, &instance))
        return 1;
    {
        int32_t (*function)(void *, int32_t) = pointer;
        for (start = now(), i = 0; i < CALLS; i++)
            sum += function(instance, i);
    }
    printf("C, through a pointer   %6.2f ns\n", (now() - start) / CALLS);
    {
        int32_t (*function)(calls_instance *, int32_t) = direct;
        for (start = now(), i = 0; i < CALLS; i++)
            sum += function(instance, i);
    }
    printf("NAME_id                %6.2f ns\n", (now() - start) / CALLS);
    for (start = now(), i = 0; i < CALLS; i++)
        sum += calls_try_id(instance, i, &result) ? 1 : result;
    printf("NAME_try_id            %6.2f ns\n", (now() - start) / CALLS);
#ifdef WASM2C
    {
        w2c_calls module;
        u32 (*volatile other)(w2c_calls *, u32) = w2c_calls_id;
        u32 (*function)(w2c_calls *, u32) = other;
        wasm_rt_init();
        wasm2c_calls_instantiate(&module);
        for (start = now(), i = 0; i < CALLS; i++)
            sum += (int32_t)function(&module, (u32)i);
        printf("wasm2c                 %6.2f ns\n", (now() - start) / CALLS);
    }
#endif
    for (start = now(), i = 0; i < NEWS; i++)
        if (calls_new(NULL, NULL, &all[i]))
            return 2;
    printf("an instance of 1 MiB   %6.2f us (%d alive)\n", (now() - start) / NEWS / 1e3, NEWS);
    for (start = now(), i = 0; i < NEWS; i++)
        calls_delete(all[i]);
    printf("its end                %6.2f us\n", (now() - start) / NEWS / 1e3);
    return sum == 42;
}
