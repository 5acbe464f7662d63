/* Globals of the host in constant expressions: where segments go, what globals begin with.
 * module: positions.wat
 * run: asan explicit cpp aarch64 riscv64
 */
#include "positions.h"
#include "check.h"
#include <string.h>

int main(void)
{
    int32_t memory_base = 100, table_base = 3, other_memory_base = 0xfff8, other_table_base = 6, result;
    double scale = 2.5;
    wasmaot_v128 bits;
    positions_imports imports;
    positions_instance *instance, *other;
    memset(&bits, 0, sizeof bits);
    memset(&imports, 0, sizeof imports);
    ((unsigned char *)&bits)[8] = 42;
    imports.env_memory_base = &memory_base;
    imports.env_table_base = &table_base;
    imports.env_scale = &scale;
    imports.env_bits = &bits;
    CHECK(positions_new(NULL, &imports, &instance) == WASMAOT_OK);
    CHECK(*positions_text(instance) == 104);
    CHECK(*positions_scaled(instance) == 2.5);
    CHECK(positions_lane(instance) == 42);
    CHECK(!memcmp(wasmaot_memory_at(positions_memory(instance), 0, 5), "beLOW", 5));
    CHECK(!memcmp(wasmaot_memory_at(positions_memory(instance), 104, 4), "text", 4));
    CHECK(positions_call(instance, 0) == 7 && positions_call(instance, 1) == 8);
    CHECK(positions_try_call(instance, -1, &result) == WASMAOT_TRAP_UNINITIALIZED_ELEMENT);

    /* Each instance has its own places. */
    imports.env_memory_base = &other_memory_base;
    imports.env_table_base = &other_table_base;
    CHECK(positions_new(NULL, &imports, &other) == WASMAOT_OK);
    CHECK(!memcmp(wasmaot_memory_at(positions_memory(other), 0xfffc, 4), "text", 4));
    CHECK(positions_call(other, 1) == 8 && positions_call(instance, 1) == 8);
    positions_delete(other);

    /* What does not fit is a trap of instantiation. */
    other_memory_base = 0xfff9;
    CHECK(positions_new(NULL, &imports, &other) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    other_memory_base = 0;
    other_table_base = 7;
    CHECK(positions_new(NULL, &imports, &other) == WASMAOT_TRAP_TABLE_OUT_OF_BOUNDS);
    positions_delete(instance);
    return 0;
}
