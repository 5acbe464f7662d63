/* Names of imports and exports that C, C++ and their headers have: others are taken.
 * module: names.wat
 * module: INT32.wat
 * run: cpp windows windows-cpp
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#ifndef _WIN32
#include <threads.h>
#endif
#include "names.h"
#include "INT32.h"
#include "check.h"
#include <string.h>

static int32_t twice(void *context, int32_t value)
{
    (void)context;
    return 2 * value;
}

int main(void)
{
    static const int32_t number = 9;
    names_instance *names;
    INT32_instance *other;
    names_imports imports;
    memset(&imports, 0, sizeof imports);
    imports.x__Static_assert = imports.x_INT32_MAX = imports.x___attribute__ = imports.va_start_2 = twice;
    imports.x_EXIT_SUCCESS = imports.int32_t_2 = imports.const_cast_2 = imports.static_assert_2 = &number;
    imports.names_imports_2 = imports.names_WASMAOT_H_2 = imports.x____ = imports.x__Static_assert_2 = &number;
    CHECK(names_new(NULL, &imports, &names) == WASMAOT_OK);
    CHECK(names_WASMAOT_H_2(names) == 2 && names_new_2(names) == 4 && names_class(names) == 6 && names_NULL(names) == 8);
    CHECK(names___attribute__(names) == 5 && names__Static_assert(names) == 6);
    CHECK(names_errno(names) == 7 && names_bool(names) == 8);
    names_delete(names);
    CHECK(INT32_new(NULL, NULL, &other) == WASMAOT_OK);
    CHECK(INT32_x_MAX(other) == 1 && INT32_t(other) == 2 && INT32_get_x_C(other) == 3 && *INT32_x_C(other) == 3);
    INT32_delete(other);
    return 0;
}
