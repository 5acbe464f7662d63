/* 100 instances of QuickJS in one process, on 8 threads: addresses that one thread gives back, others get.
 * module: quickjs.wasm
 * run: asan tsan windows
 */
#include "quickjs.h"
#include "crowd.h"

static void run(int number)
{
    struct output output;
    char expected[64], script[128];
    wasmaot_wasi_config *wasi = wasmaot_wasi_config_new();
    wasmaot_config config;
    quickjs_instance *instance;
    wasmaot_status status;
    memset(&output, 0, sizeof output);
    memset(&config, 0, sizeof config);
    wasmaot_wasi_config_arg(wasi, "qjs");
    wasmaot_wasi_config_arg(wasi, "-e");
    snprintf(script, sizeof script, "let a = []; for (let i = 0; i < 1000; i++) a.push(i * %d);"
                                    "print(a.reduce((x, y) => x + y))", number);
    wasmaot_wasi_config_arg(wasi, script);
    wasmaot_wasi_config_stdout(wasi, write_output, &output);
    config.wasi = wasi;
    status = quickjs_new(&config, NULL, &instance);
    if (status != WASMAOT_OK)
        fprintf(stderr, "%s\n", wasmaot_last_error());
    CHECK(status == WASMAOT_OK);
    wasmaot_wasi_config_delete(wasi);
    status = quickjs_try__start(instance);
    CHECK(status == WASMAOT_OK || (status == WASMAOT_EXIT && wasmaot_exit_code((wasmaot_instance *)instance) == 0));
    snprintf(expected, sizeof expected, "%lld\n", 499500LL * number);
    CHECK(strcmp(output.text, expected) == 0);
    quickjs_delete(instance);
}
