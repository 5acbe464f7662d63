/* Calls with and without a status, every kind of export, host functions that end calls, nesting.
 * module: plain.wat
 * run: asan valgrind explicit cpp aarch64 riscv64 windows windows-dll windows-explicit windows-cpp
 */
#include "plain.h"
#include "check.h"
#include <string.h>

static plain_instance *self;

static wasmaot_instance *any(void)
{
    return (wasmaot_instance *)self;
}

static int32_t env_log(void *context, int32_t value)
{
    int32_t loaded;
    switch (value) {
    case 7:
        wasmaot_fail(any(), "seven is not allowed");
        return 0;
    case 8:
        wasmaot_throw(any(), "eight does not return");
    case 9:
        /* A call with a status within one: it ends alone. */
        CHECK(plain_try_load(self, -4, &loaded) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
        return 90;
    case 10:
        /* A call without one: its trap ends the call around this function, too. */
        return plain_load(self, -4);
    }
    *(int *)context += value;
    return value + 1;
}

int main(void)
{
    int sum = 0, i;
    int32_t result;
    int64_t wide;
    double real;
    void *element;
    plain_divmod_results pair;
    wasmaot_v128 vector;
    wasmaot_externref reference;
    wasmaot_frame frame;
    plain_imports imports;
    memset(&imports, 0, sizeof imports);

    CHECK(plain_new(NULL, NULL, &self) == WASMAOT_MISSING_IMPORT && self == NULL);
    CHECK(strcmp(wasmaot_last_error(), "the import env.log is missing") == 0);
    imports.context = &sum;
    imports.env_log = env_log;
    CHECK(plain_new(NULL, &imports, &self) == WASMAOT_OK);

    /* Values. */
    CHECK(plain_id(self, -42) == -42 && plain_negative(self) == -1);
    CHECK(plain_add(self, 1, (int64_t)1 << 40) == ((int64_t)1 << 40) + 1);
    CHECK(plain_try_add(self, -1, 5, &wide) == WASMAOT_OK && wide == 4);
    real = 1 + 2 + 3.5 + 4.25 - 5 + 6 + 7.5 + 8.25 - 9 + 10;
    CHECK(plain_mix(self, 1, 2, 3.5f, 4.25, -5, 6, 7.5f, 8.25, -9, 10) == real);
    pair = plain_divmod(self, -17, 5);
    CHECK(pair.r0 == -3 && pair.r1 == -2);
    CHECK(plain_try_divmod(self, 17, 5, &pair) == WASMAOT_OK && pair.r0 == 3 && pair.r1 == 2);
    for (i = 0; i < 16; i++)
        vector.bytes[i] = (uint8_t)i;
    vector = plain_reverse(self, vector);
    CHECK(vector.bytes[0] == 15 && vector.bytes[15] == 0);
    CHECK(plain_try_reference(self, &sum, &reference) == WASMAOT_OK && reference == &sum);

    /* Globals, memory, table. */
    CHECK(plain_get_counter(self) == 7 && plain_get_answer(self) == 42);
    plain_set_counter(self, 10);
    plain_add(self, 0, 0);
    CHECK(*plain_counter(self) == 11);
    CHECK(memcmp(wasmaot_memory_at(plain_memory(self), 16, 5), "hello", 5) == 0);
    CHECK(wasmaot_memory_at(plain_memory(self), 65532, 4) != NULL);
    CHECK(wasmaot_memory_at(plain_memory(self), 65533, 4) == NULL);
    CHECK(wasmaot_memory_at(plain_memory(self), UINT64_MAX, 4) == NULL);
    CHECK(plain_grow(self, 1) == 1 && wasmaot_memory_size(plain_memory(self)) == 131072);
    CHECK(wasmaot_memory_grow(plain_memory(self), 2) == 2);
    CHECK(wasmaot_memory_grow(plain_memory(self), 1) == UINT64_MAX);
    plain_store(self, 262140, 99);
    CHECK(wasmaot_memory_base(plain_memory(self))[262140] == 99);
    CHECK(wasmaot_table_size(plain_shared(self)) == 2 && wasmaot_table_get(plain_shared(self), 0, &element) && element);
    CHECK(!wasmaot_table_get(plain_shared(self), 2, &element) && !wasmaot_table_set(plain_shared(self), 2, NULL));
    CHECK(wasmaot_table_grow(plain_shared(self), element, 3) == 2);
    CHECK(wasmaot_table_grow(plain_shared(self), element, 6) == UINT64_MAX);
    CHECK(plain_through(self, 4, 5) == 5);
    CHECK(wasmaot_table_set(plain_shared(self), 4, NULL));

    /* Traps. */
    CHECK(plain_try_divmod(self, 17, 0, &pair) == WASMAOT_TRAP_INTEGER_DIVIDE_BY_ZERO);
    CHECK(plain_try_divmod(self, INT32_MIN, -1, &pair) == WASMAOT_TRAP_INTEGER_OVERFLOW);
    CHECK(plain_try_load(self, -4, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(strcmp(wasmaot_message(any()), "out of bounds memory access") == 0);
    CHECK(wasmaot_frame_count(any()) >= 1 && wasmaot_frame_at(any(), 0, &frame));
    CHECK(strcmp(frame.name, "load") == 0 && strcmp(frame.module, "plain") == 0 && frame.has_offset);
    CHECK(!wasmaot_frame_at(any(), 64, &frame));
    CHECK(plain_try_indirect(self, 0, 5, &result) == WASMAOT_OK && result == 5);
    CHECK(plain_try_indirect(self, 2, 5, &result) == WASMAOT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK(plain_try_indirect(self, 3, 5, &result) == WASMAOT_TRAP_UNDEFINED_ELEMENT);
    CHECK(plain_try_through(self, 4, 5, &result) == WASMAOT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK(plain_try_bad_type(self) == WASMAOT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK(plain_try_fill(self, 262143, 1) == WASMAOT_OK);
    CHECK(plain_try_fill(self, 262143, 2) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(plain_try_stop(self) == WASMAOT_TRAP_UNREACHABLE);
    CHECK(plain_try_deep(self, 1000, &result) == WASMAOT_OK && result == 1000);
    CHECK(plain_try_deep(self, 1000000000, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
    CHECK(wasmaot_frame_count(any()) == 64);
    CHECK(plain_try_deep(self, 1000, &result) == WASMAOT_OK && result == 1000);

    /* Functions of the host. */
    CHECK(plain_try_call_log(self, 3, &result) == WASMAOT_OK && result == 4 && sum == 3);
    CHECK(plain_try_indirect(self, 1, 4, &result) == WASMAOT_OK && result == 5 && sum == 7);
    CHECK(plain_try_call_log(self, 7, &result) == WASMAOT_HOST_ERROR);
    CHECK(strcmp(wasmaot_message(any()), "seven is not allowed") == 0);
    CHECK(plain_try_indirect(self, 1, 8, &result) == WASMAOT_HOST_ERROR);
    CHECK(strcmp(wasmaot_message(any()), "eight does not return") == 0);
    CHECK(plain_try_call_log(self, 9, &result) == WASMAOT_OK && result == 90);
    CHECK(plain_try_call_log(self, 10, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(plain_try_id(self, 1, &result) == WASMAOT_OK && result == 1);

    wasmaot_set_user_data(any(), &sum);
    CHECK(wasmaot_user_data(any()) == &sum);
    plain_delete(self);
    plain_delete(NULL);
    return 0;
}
