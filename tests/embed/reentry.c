/* Functions of the host that do WASI's work: they must not use WASI of the same instance. And descriptors: all are closed,
 * also in a host that has closed its standard streams.
 * module: stamp.wat
 * run: asan explicit aarch64 windows
 */
#define _POSIX_C_SOURCE 200809L
#include "stamp.h"
#include "check.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static stamp_instance *stamp, *other;
/* What the next write does. */
static enum { NOTHING, HARMLESS, PLAIN, CHECKED, OF_OTHER, THROW } what;
static int written;

static int64_t write_callback(void *context, const void *bytes, size_t length)
{
    int32_t result;
    (void)context;
    CHECK(length == 3 && memcmp(bytes, "abc", 3) == 0);
    written++;
    switch (what) {
    case HARMLESS:
        CHECK(stamp_harmless(stamp) == 7);
        break;
    case PLAIN:
        stamp_write(stamp);
        CHECK(0);
        break;
    case CHECKED:
        CHECK(stamp_try_write(stamp, &result) == WASMAOT_BUSY);
        CHECK(stamp_try_random(stamp, &result) == WASMAOT_BUSY);
        break;
    case OF_OTHER:
        CHECK(stamp_try_write(other, &result) == WASMAOT_OK && result == 0);
        break;
    case THROW:
        wasmaot_throw((wasmaot_instance *)stamp, "enough");
    case NOTHING:
        break;
    }
    return (int64_t)length;
}

static int64_t write_plainly(void *context, const void *bytes, size_t length)
{
    (void)context, (void)bytes;
    written += 10;
    return (int64_t)length;
}

static uint64_t clock_callback(void *context, uint32_t clock)
{
    (void)context, (void)clock;
    return stamp_random(stamp) == 0;
}

static void random_callback(void *context, void *bytes, size_t length)
{
    (void)context;
    memset(bytes, 5, length);
}

static stamp_instance *make(wasmaot_wasi_write write)
{
    stamp_instance *instance;
    wasmaot_config config;
    wasmaot_wasi_config *wasi = wasmaot_wasi_config_new();
    wasmaot_wasi_config_stdout(wasi, write, NULL);
    wasmaot_wasi_config_clock(wasi, clock_callback, NULL);
    wasmaot_wasi_config_random(wasi, random_callback, NULL);
    memset(&config, 0, sizeof config);
    config.wasi = wasi;
    CHECK(stamp_new(&config, NULL, &instance) == WASMAOT_OK);
    wasmaot_wasi_config_delete(wasi);
    return instance;
}

int main(void)
{
    int32_t result;
    int i;
    stamp = make(write_callback);
    other = make(write_plainly);
    CHECK(stamp_try_write(stamp, &result) == WASMAOT_OK && result == 0 && written == 1);
    what = HARMLESS;
    CHECK(stamp_try_write(stamp, &result) == WASMAOT_OK && result == 0);
    for (i = 0; i < 3; i++) {
        what = PLAIN;
        CHECK(stamp_try_write(stamp, &result) == WASMAOT_BUSY);
        CHECK(strcmp(wasmaot_message((wasmaot_instance *)stamp), "WASI called within a function that WASI calls") == 0);
        CHECK(stamp_try_clock(stamp, &result) == WASMAOT_BUSY);
        what = CHECKED;
        CHECK(stamp_try_write(stamp, &result) == WASMAOT_OK && result == 0);
        what = THROW;
        CHECK(stamp_try_write(stamp, &result) == WASMAOT_HOST_ERROR);
        what = OF_OTHER;
        written = 0;
        CHECK(stamp_try_write(stamp, &result) == WASMAOT_OK && result == 0 && written == 11);
        CHECK(stamp_try_random(stamp, &result) == WASMAOT_OK && result == 0);
        CHECK(*(char *)wasmaot_memory_at(stamp_memory(stamp), 47, 1) == 5);
    }
    stamp_delete(other);
    stamp_delete(stamp);

#ifndef _WIN32
    /* Windows has no descriptors, but those of its C library. */
    for (i = 0; i < 3; i++)
        close(i);
    CHECK(stamp_new(NULL, NULL, &stamp) == WASMAOT_OK);
    if (fcntl(0, F_GETFD) == -1)
        return 2;
    stamp_delete(stamp);
    for (i = 0; i < 3; i++)
        if (fcntl(i, F_GETFD) != -1)
            return 3 + i;
#endif
    return 0;
}
