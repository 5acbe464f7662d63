/* Where in the source the frames of a trap are, with -g.
 *
 * module: wasm/lines.c -g --dwarf=4
 * module: plain.wat
 * valgrind 3.19 reads DWARF 4 only.
 * run: asan explicit valgrind aarch64
 */
#include "check.h"
#include "lines.h"
#include "plain.h"
#include <string.h>

static int32_t env_log(void *context, int32_t value)
{
    (void)context;
    return value;
}

static int is_file(const char *file)
{
    const char *name = file ? strrchr(file, '/') : NULL;
    return name && strcmp(name, "/lines.c") == 0;
}

int main(void)
{
    lines_instance *self;
    plain_instance *other;
    plain_imports imports;
    wasmaot_instance *instance;
    wasmaot_frame frame;
    wasmaot_source source;
    int32_t result;

    CHECK(lines_new(NULL, NULL, &self) == WASMAOT_OK);
    instance = (wasmaot_instance *)self;
    CHECK(lines_try_ratio(self, 7, 0, &result) == WASMAOT_TRAP_INTEGER_DIVIDE_BY_ZERO);
    CHECK(wasmaot_frame_at(instance, 0, &frame) && strcmp(frame.name, "ratio") == 0 && frame.has_offset);
    CHECK(wasmaot_source_at(instance, 0, 0, &source) && source.inlined && strcmp(source.function, "divide") == 0);
    CHECK(is_file(source.file) && source.line == 4 && source.column == 14);
    CHECK(wasmaot_source_at(instance, 0, 1, &source) && !source.inlined && strcmp(source.function, "ratio") == 0);
    CHECK(is_file(source.file) && source.line == 9 && source.column == 16);
    CHECK(!wasmaot_source_at(instance, 0, 2, &source) && !wasmaot_source_at(instance, 64, 0, &source));
    CHECK(lines_try_load(self, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(wasmaot_source_at(instance, 0, 0, &source) && !source.inlined && source.line == 14);
    CHECK(lines_try_ratio(self, 8, 2, &result) == WASMAOT_OK && result == 7);
    lines_delete(self);

    /* Without -g: no places. */
    memset(&imports, 0, sizeof imports);
    imports.env_log = env_log;
    CHECK(plain_new(NULL, &imports, &other) == WASMAOT_OK);
    CHECK(plain_try_load(other, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(wasmaot_frame_at((wasmaot_instance *)other, 0, &frame));
    CHECK(!wasmaot_source_at((wasmaot_instance *)other, 0, 0, &source));
    plain_delete(other);
    return 0;
}
