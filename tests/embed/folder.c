/* A folder of the host, also read-only, and standard streams by descriptor and of the process.
 * module: lua.wasm
 * run: asan windows
 */
#include "lua.h"
#include "check.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#ifdef _WIN32
#include <direct.h>
#include <io.h>
#define mkdir(name, mode) _mkdir(name)
#define open _open
#define close _close
#else
#include <unistd.h>
#endif

static int32_t run(const char *script, uint32_t flags, int output)
{
    wasmaot_wasi_config *wasi = wasmaot_wasi_config_new();
    wasmaot_config config;
    lua_instance *instance;
    int32_t code;
    memset(&config, 0, sizeof config);
    wasmaot_wasi_config_arg(wasi, "lua");
    wasmaot_wasi_config_arg(wasi, "-e");
    wasmaot_wasi_config_arg(wasi, script);
    wasmaot_wasi_config_dir(wasi, "folder", "/data", flags);
    if (output >= 0)
        wasmaot_wasi_config_stream_fd(wasi, 1, output);
    else
        wasmaot_wasi_config_inherit_stdio(wasi);
    config.wasi = wasi;
    CHECK(lua_new(&config, NULL, &instance) == WASMAOT_OK);
    wasmaot_wasi_config_delete(wasi);
    CHECK(lua_try__start(instance) == WASMAOT_EXIT);
    code = wasmaot_exit_code((wasmaot_instance *)instance);
    lua_delete(instance);
    return code;
}

int main(void)
{
    static const char write[] = "local f = assert(io.open('/data/new', 'w')) f:write('hello') f:close() os.exit(5)";
    static const char read[] = "local f = assert(io.open('/data/new')) print(f:read('a')) os.exit(6)";
    static const char create[] = "os.exit(io.open('/data/other', 'w') and 1 or 2)";
    static const char outside[] = "os.exit(io.open('/data/../program.exe') and 1 or 2)";
    char text[8] = {0};
    FILE *file;
    int output;
    CHECK(mkdir("folder", 0777) == 0);
    CHECK(run(write, 0, -1) == 5);
    output = open("output", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(output >= 0 && run(read, WASMAOT_WASI_READ_ONLY, output) == 6);
    CHECK(run(create, WASMAOT_WASI_READ_ONLY, output) == 2);
    CHECK(run(outside, 0, output) == 2);
    /* It is the host's still. */
    CHECK(close(output) == 0);
    file = fopen("output", "rb");
    CHECK(file && fread(text, 1, 6, file) == 6 && strcmp(text, "hello\n") == 0);
    fclose(file);
    return 0;
}
