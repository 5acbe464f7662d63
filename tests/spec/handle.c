/* The script protocol (wasmaot_abi::script) for a program in the handle model: linked with its object and libwasmaot. The
 * structures are those of runtime-lib/abi, as far as they are needed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

struct row {
    void (*call)(void *instance, void *cells);
    uint32_t params, results;
};

struct program {
    uint64_t head[17];
    const struct row *rows;
    uint64_t row_count;
};

struct module {
    uint64_t version;
    const void *abi;
    const char *name;
    const struct program *program;
    void *template_;
    uint64_t template_len, len;
    const void *fixups;
    uint64_t fixup_count, instances, instance_count;
};

struct instance {
    uint64_t fields[6];
    void (*init)(void *instance);
};

struct config {
    uint64_t max_memory, max_table_elements, max_stack;
    const void *wasi;
    uint32_t flags, reserved;
};

/* An instance is the address of its header, which ends its block. */
enum { NO_START = 0x80000000u, CELLS = 1024, HEADER = 64 };

extern const struct module spec_module;
int wasmaot_new(const struct module *, const struct config *, const void *, void **);
int wasmaot_call(void *, void (*)(void *, void *), void *);
const char *wasmaot_last_error(void);

static const struct instance *starting;

static void start(void *instance, void *cells)
{
    (void)cells;
    if (starting->init)
        starting->init(instance);
}

static uint64_t cells[CELLS][2];

int main(void)
{
    struct config config;
    void *instance;
    int kind;
#ifdef _WIN32
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    memset(&config, 0, sizeof config);
    config.flags = NO_START;
    if (wasmaot_new(&spec_module, &config, NULL, &instance)) {
        fprintf(stderr, "%s\n", wasmaot_last_error());
        return 1;
    }
    while ((kind = getchar()) != EOF) {
        uint32_t index;
        uint32_t results = 0;
        int status;
        if (fread(&index, 4, 1, stdin) != 1)
            return 2;
        if (kind == 1) {
            starting = (const struct instance *)((char *)instance + HEADER - spec_module.len + spec_module.instances) + index;
            status = wasmaot_call(instance, start, NULL);
        } else {
            const struct row *row = &spec_module.program->rows[index];
            if (row->params > CELLS || row->results > CELLS)
                return 3;
            if (row->params && fread(cells, 16, row->params, stdin) != row->params)
                return 4;
            status = wasmaot_call(instance, row->call, cells);
            results = row->results;
        }
        putchar(status);
        if (!status)
            fwrite(cells, 16, results, stdout);
        fflush(stdout);
    }
    return 0;
}
