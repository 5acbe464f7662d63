/* A host that loads modules as shared libraries, and unloads them.
 * module: plugin.wat as shared
 * run: windows-dll
 * link: -rdynamic -ldl
 */
#include "plugin.h"
#include "check.h"
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#define NAME "plugin.dll"
typedef HMODULE library_handle;
#else
#include <dlfcn.h>
#define NAME "./plugin.so"
typedef void *library_handle;
#endif

typedef int32_t (*run_function)(void *instance, int32_t value);

static library_handle load(void)
{
#ifdef _WIN32
    return LoadLibraryA(NAME);
#else
    void *library = dlopen(NAME, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fprintf(stderr, "%s\n", dlerror());
    return library;
#endif
}

/* Writes the address of a function or of the module. */
static void find(library_handle library, const char *name, void *address)
{
#ifdef _WIN32
    FARPROC found = GetProcAddress(library, name);
#else
    void *found = dlsym(library, name);
#endif
    CHECK(found);
    memcpy(address, &found, sizeof found);
}

static int unload(library_handle library)
{
#ifdef _WIN32
    return FreeLibrary(library) != 0;
#else
    return dlclose(library) == 0;
#endif
}

int main(void)
{
    int round;
    for (round = 0; round < 20; round++) {
        library_handle library = load();
        const wasmaot_module *module;
        wasmaot_instance *instance;
        wasmaot_cells_function cells;
        wasmaot_value values[1];
        run_function run;
        CHECK(library);
        find(library, "plugin_module", &module);
        find(library, "plugin_run", &run);
        find(library, "plugin_cells_run", &cells);
        if (wasmaot_new(module, NULL, NULL, &instance) != WASMAOT_OK)
            fprintf(stderr, "%s\n", wasmaot_last_error());
        CHECK(instance);
        CHECK(run(instance, 20) == 42);
        values[0].i32 = -100;
        CHECK(wasmaot_call(instance, cells, values) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
        wasmaot_delete(instance);
        CHECK(unload(library));
    }
    return 0;
}
