/* C++ exceptions: those that a function of the host throws and catches itself pass compiled code by, within calls of every kind. One
 * that nobody catches ends the process as it does elsewhere: the search for a handler comes to an end.
 * module: plain.wat
 * only: cpp windows-cpp
 */
#include "plain.h"
#include "check.h"
#include <exception>
#include <string.h>

static plain_instance *instance;
static int caught;

struct Counted {
    int *count;
    ~Counted() { ++*count; }
};

static void deeper(int levels)
{
    Counted counted = {&caught};
    if (levels == 0)
        throw 42;
    deeper(levels - 1);
}

extern "C" int32_t env_log(void *, int32_t value)
{
    int32_t result;
    if (value == 100)
        throw 100;
    try {
        if (value > 0)
            CHECK(plain_try_call_log(instance, value - 1, &result) == WASMAOT_OK && result == value - 1);
        CHECK(plain_try_load(instance, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
        deeper(3);
    } catch (int number) {
        CHECK(number == 42);
    }
    return value;
}

static void at_the_end()
{
    exit(caught == 4 * 12 ? 0 : 3);
}

int main()
{
    plain_imports imports;
    int32_t result;
    memset(&imports, 0, sizeof imports);
    imports.env_log = env_log;
    CHECK(plain_new(NULL, &imports, &instance) == WASMAOT_OK);
    CHECK(plain_call_log(instance, 5) == 5);
    CHECK(plain_try_call_log(instance, 5, &result) == WASMAOT_OK && result == 5);
    std::set_terminate(at_the_end);
    plain_try_call_log(instance, 100, &result);
    return 4;
}
