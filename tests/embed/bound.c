/* Imports that are bound by name at link time; the structure may still give others.
 * module: plain.wat --link-imports --name bound
 * run: aarch64 windows
 */
#include "plain.h"
#include "check.h"
#include <string.h>

int32_t bound_import_env_log(void *context, int32_t value)
{
    CHECK(context == NULL);
    return value * 2;
}

static int32_t other(void *context, int32_t value)
{
    return value + *(int *)context;
}

int main(void)
{
    bound_instance *instance;
    bound_imports imports;
    int32_t result;
    int more = 5;
    CHECK(bound_new(NULL, NULL, &instance) == WASMAOT_OK);
    CHECK(bound_try_call_log(instance, 21, &result) == WASMAOT_OK && result == 42);
    bound_delete(instance);
    memset(&imports, 0, sizeof imports);
    imports.env_log = other;
    imports.env_log_context = &more;
    CHECK(bound_new(NULL, &imports, &instance) == WASMAOT_OK);
    CHECK(bound_try_call_log(instance, 21, &result) == WASMAOT_OK && result == 26);
    bound_delete(instance);
    return 0;
}
