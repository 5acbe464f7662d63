/* 100 instances of Lua in one process, on 8 threads: each has its own state, arguments, environment and output.
 * module: lua.wasm
 * run: tsan windows
 */
#include "lua.h"
#include "crowd.h"

static void run(int number)
{
    struct output output;
    char expected[64], value[16];
    wasmaot_wasi_config *wasi = wasmaot_wasi_config_new();
    wasmaot_config config;
    lua_instance *instance;
    wasmaot_status status;
    memset(&output, 0, sizeof output);
    memset(&config, 0, sizeof config);
    snprintf(value, sizeof value, "%d", number);
    wasmaot_wasi_config_arg(wasi, "lua");
    wasmaot_wasi_config_arg(wasi, "-e");
    wasmaot_wasi_config_arg(wasi, "local n = tonumber(os.getenv('N')); local t = {} "
                                  "for i = 1, 2000 do t[i] = i * n end "
                                  "local s = 0 for _, v in ipairs(t) do s = s + v end print(s) os.exit(n % 3)");
    wasmaot_wasi_config_env(wasi, "N", value);
    wasmaot_wasi_config_stdout(wasi, write_output, &output);
    config.wasi = wasi;
    status = lua_new(&config, NULL, &instance);
    if (status != WASMAOT_OK)
        fprintf(stderr, "%s\n", wasmaot_last_error());
    CHECK(status == WASMAOT_OK);
    wasmaot_wasi_config_delete(wasi);
    status = lua_try__start(instance);
    CHECK(status == WASMAOT_EXIT && wasmaot_exit_code((wasmaot_instance *)instance) == number % 3);
    snprintf(expected, sizeof expected, "%lld\n", 2001000LL * number);
    CHECK(strcmp(output.text, expected) == 0);
    lua_delete(instance);
}
