/* Memories that a module whose code does not compare must not get: its reservation is what holds it.
 * module: small.wat --memory-reserve 1MiB
 * module: borrower.wat
 * run: asan aarch64 windows
 */
#include "small.h"
#include "borrower.h"
#include "check.h"
#include <string.h>

int main(void)
{
    small_instance *small;
    borrower_instance *borrower;
    borrower_imports imports;
    memset(&imports, 0, sizeof imports);
    CHECK(small_new(NULL, NULL, &small) == WASMAOT_OK);
    imports.lender_memory = small_reserved(small);
    CHECK(borrower_new(NULL, &imports, &borrower) == WASMAOT_INCOMPATIBLE_IMPORT && borrower == NULL);
    CHECK(strcmp(wasmaot_last_error(), "the import lender.memory does not fit the memory's type") == 0);
    imports.lender_memory = small_wide(small);
    CHECK(borrower_new(NULL, &imports, &borrower) == WASMAOT_INCOMPATIBLE_IMPORT);
    imports.lender_memory = small_bytes(small);
    CHECK(borrower_new(NULL, &imports, &borrower) == WASMAOT_INCOMPATIBLE_IMPORT);
    small_delete(small);
    return 0;
}
