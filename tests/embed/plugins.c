/* A host that loads modules as shared libraries, and unloads them.
 * module: plugin.wat as shared
 * link: -rdynamic -ldl
 */
#include "plugin.h"
#include "check.h"
#include <dlfcn.h>
#include <string.h>

typedef int32_t (*run_function)(void *instance, int32_t value);

int main(void)
{
    int round;
    for (round = 0; round < 20; round++) {
        void *library = dlopen("./plugin.so", RTLD_NOW | RTLD_LOCAL);
        const wasmaot_module *module;
        wasmaot_instance *instance;
        wasmaot_cells_function cells;
        wasmaot_value values[1];
        run_function run;
        if (!library)
            fprintf(stderr, "%s\n", dlerror());
        CHECK(library);
        module = (const wasmaot_module *)dlsym(library, "plugin_module");
        *(void **)&run = dlsym(library, "plugin_run");
        *(void **)&cells = dlsym(library, "plugin_cells_run");
        CHECK(module && run && cells);
        if (wasmaot_new(module, NULL, NULL, &instance) != WASMAOT_OK)
            fprintf(stderr, "%s\n", wasmaot_last_error());
        CHECK(instance);
        CHECK(run(instance, 20) == 42);
        values[0].i32 = -100;
        CHECK(wasmaot_call(instance, cells, values) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
        wasmaot_delete(instance);
        CHECK(dlclose(library) == 0);
    }
    return 0;
}
