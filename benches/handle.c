/* A command module in the handle model, run like an executable: handle-MODULE [ARGS]. Built by benches/run.sh with
 * -DMODULE=kernels and the module's header. */
#include <stdio.h>
#include <string.h>

#define PASTE(a, b) a##b
#define NAME(module, item) PASTE(module, item)
#define NEW NAME(MODULE, _new)
#define START NAME(MODULE, _try__start)
#define INSTANCE NAME(MODULE, _instance)

int main(int argc, char **argv)
{
    wasmaot_wasi_config *wasi = wasmaot_wasi_config_new();
    wasmaot_config config;
    INSTANCE *instance;
    int i, status;
    memset(&config, 0, sizeof config);
    for (i = 0; i < argc; i++)
        wasmaot_wasi_config_arg(wasi, argv[i]);
    wasmaot_wasi_config_dir(wasi, ".", "/", 0);
    wasmaot_wasi_config_inherit_stdio(wasi);
    config.wasi = wasi;
    config.max_stack = 4 << 20;
    if (NEW(&config, NULL, &instance)) {
        fprintf(stderr, "%s\n", wasmaot_last_error());
        return 1;
    }
    status = START(instance);
    if (status == WASMAOT_EXIT)
        return wasmaot_exit_code((wasmaot_instance *)instance);
    if (status)
        fprintf(stderr, "%s\n", wasmaot_message((wasmaot_instance *)instance));
    return status;
}
