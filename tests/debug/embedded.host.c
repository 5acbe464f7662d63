/* The host of embedded.c. */

#include "module.h"
#include <stdio.h>

struct host {
    int id;
    module_instance *instance;
};

static struct host hosts[2];

static int32_t tick(void *context, int32_t n)
{
    struct host *host = context;
    int seen = module_count(host->instance);
    return n + host->id + seen; /* HOST */
}

int main(void)
{
    int32_t answers[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        module_imports imports = {.context = &hosts[i], .host_tick = tick};
        hosts[i].id = i + 1;
        if (module_new(NULL, &imports, &hosts[i].instance) != WASMAOT_OK)
            return 1;
        module_setup(hosts[i].instance, 1000 * (i + 1)); /* MAIN */
    }
    for (int i = 0; i < 2; i++)
        answers[i] = module_run(hosts[i].instance, 10 * (i + 1)); /* CALL */
    printf("answers %d %d\n", answers[0], answers[1]); /* DONE */
    for (int i = 0; i < 2; i++)
        module_delete(hosts[i].instance);
    return 0;
}
