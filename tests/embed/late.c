/* A library and a module that are loaded late, when there are threads already: made by the host and by the system, they all use
 * instances and trap. And what a thread has does not pile up.
 * module: plugin.wat as shared
 * only: windows
 */
#include <wasmaot.h>
#include "check.h"
#include <string.h>
#include <windows.h>

enum { THREADS = 4, ROUNDS = 50, SHORT_LIVED = 200 };

typedef wasmaot_status (*new_function)(const wasmaot_module *, const wasmaot_config *, const void *, wasmaot_instance **);
typedef wasmaot_status (*call_function)(wasmaot_instance *, wasmaot_cells_function, wasmaot_value *);
typedef void (*delete_function)(wasmaot_instance *);

static new_function make;
static call_function call;
static delete_function end;
static const wasmaot_module *module;
static wasmaot_cells_function cells;
static HANDLE loaded, done;
static volatile LONG finished;

static void use(void)
{
    int i;
    for (i = 0; i < ROUNDS; i++) {
        wasmaot_instance *instance;
        wasmaot_value values[1];
        CHECK(make(module, NULL, NULL, &instance) == WASMAOT_OK);
        values[0].i32 = 20;
        CHECK(call(instance, cells, values) == WASMAOT_OK && values[0].i32 == 42);
        values[0].i32 = -100;
        CHECK(call(instance, cells, values) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
        end(instance);
    }
}

static DWORD WINAPI early(void *data)
{
    (void)data;
    CHECK(WaitForSingleObject(loaded, INFINITE) == WAIT_OBJECT_0);
    use();
    return 0;
}

static DWORD WINAPI once(void *data)
{
    wasmaot_instance *instance;
    wasmaot_value values[1];
    (void)data;
    CHECK(make(module, NULL, NULL, &instance) == WASMAOT_OK);
    values[0].i32 = -100;
    CHECK(call(instance, cells, values) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    end(instance);
    return 0;
}

static DWORD WINAPI pooled(void *data)
{
    (void)data;
    use();
    if (InterlockedIncrement(&finished) == THREADS)
        SetEvent(done);
    return 0;
}

static void find(HMODULE library, const char *name, void *address)
{
    FARPROC found = GetProcAddress(library, name);
    CHECK(found);
    memcpy(address, &found, sizeof found);
}

int main(void)
{
    HANDLE threads[THREADS];
    HMODULE library, plugin;
    int i;
    loaded = CreateEvent(NULL, TRUE, FALSE, NULL);
    done = CreateEvent(NULL, TRUE, FALSE, NULL);
    for (i = 0; i < THREADS; i++)
        CHECK((threads[i] = CreateThread(NULL, 0, early, NULL, 0, NULL)) != NULL);
    Sleep(50);
    library = LoadLibraryA("libwasmaot.dll");
    CHECK(library);
    plugin = LoadLibraryA("plugin.dll");
    CHECK(plugin);
    find(library, "wasmaot_new", &make);
    find(library, "wasmaot_call", &call);
    find(library, "wasmaot_delete", &end);
    find(plugin, "plugin_module", &module);
    find(plugin, "plugin_cells_run", &cells);
    SetEvent(loaded);
    use();
    for (i = 0; i < THREADS; i++)
        CHECK(QueueUserWorkItem(pooled, NULL, WT_EXECUTEDEFAULT));
    CHECK(WaitForSingleObject(done, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE) == WAIT_OBJECT_0);
    for (i = 0; i < SHORT_LIVED; i++) {
        HANDLE thread = CreateThread(NULL, 0, once, NULL, 0, NULL);
        CHECK(thread && WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
        CloseHandle(thread);
    }
    CHECK(FreeLibrary(plugin));
    /* Its handler stays for good, so it does. */
    CHECK(FreeLibrary(library));
    CHECK(GetModuleHandleA("libwasmaot.dll") != NULL);
    return 0;
}
