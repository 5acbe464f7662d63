/* Two modules: one imports the other's memory, table, functions and globals, wired here.
 * module: library.wat
 * module: user.wat
 * run: asan aarch64 riscv64 windows windows-dll
 */
#include "library.h"
#include "user.h"
#include "check.h"
#include <string.h>

int main(void)
{
    library_instance *library;
    user_instance *user;
    user_imports imports;
    int32_t result;
    CHECK(library_new(NULL, NULL, &library) == WASMAOT_OK);
    memset(&imports, 0, sizeof imports);
    imports.context = library;
    imports.library_add = (int32_t (*)(void *, int32_t, int32_t))library_add;
    imports.library_pair = (void (*)(void *, wasmaot_value *))library_cells_pair;
    imports.library_dive = (int32_t (*)(void *))library_dive;
    imports.library_memory = library_memory(library);
    imports.library_table = library_table(library);
    imports.library_count = library_count(library);
    CHECK(user_new(NULL, &imports, &user) == WASMAOT_MISSING_IMPORT);
    CHECK(strcmp(wasmaot_last_error(), "the import library.base is missing") == 0);
    imports.library_base = library_base(library);
    /* Functions get their own context, so that a linked instance is known. */
    imports.library_add_context = imports.library_pair_context = imports.library_dive_context = library;
    CHECK(user_new(NULL, &imports, &user) == WASMAOT_OK);
    /* The active segment of the importing module is in the shared memory. */
    CHECK(memcmp(wasmaot_memory_at(library_memory(library), 100, 5), "hello", 5) == 0);
    CHECK(user_sum(user, 30, 12) == 42);
    CHECK(user_swap(user, 3, 4) == 43);
    CHECK(library_get_count(library) == 1);
    CHECK(user_bump(user) == 1002 && library_get_count(library) == 2);
    /* Calls through the shared table go to the instance that the function belongs to. */
    CHECK(user_through(user, 0, 5) == 105);
    CHECK(user_through(user, 1, 5) == 1005);
    CHECK(library_through(library, 1, 5) == 1005);
    CHECK(user_try_through(user, 2, 5, &result) == WASMAOT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK(user_try_through(user, 3, 5, &result) == WASMAOT_TRAP_UNINITIALIZED_ELEMENT);
    CHECK(user_try_read(user, 65536, &result) == WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK(wasmaot_memory_grow(library_memory(library), 1) == 1);
    CHECK(user_try_read(user, 65536, &result) == WASMAOT_OK && result == 0);
    /* Recursion in the linked instance has the same limit. */
    CHECK(user_try_deep(user, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
    user_delete(user);
    library_delete(library);
    return 0;
}
