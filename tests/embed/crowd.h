/* 100 instances on 8 threads, and what their programs print. The file that includes this has `run`. */
#ifndef CROWD_H
#define CROWD_H

#include "check.h"
#include <pthread.h>
#include <string.h>

enum { THREADS = 8, INSTANCES = 100 };

/* Makes, uses and ends an instance. */
static void run(int number);

struct output {
    char text[256];
    size_t length;
};

static int64_t write_output(void *context, const void *bytes, size_t length)
{
    struct output *output = context;
    CHECK(length <= sizeof output->text - output->length);
    memcpy(output->text + output->length, bytes, length);
    output->length += length;
    return (int64_t)length;
}

static void *work(void *data)
{
    int number;
    for (number = *(int *)data; number < INSTANCES; number += THREADS)
        run(number);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS], i;
    for (i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}

#endif
