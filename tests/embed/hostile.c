/* Modules that are linked and do not trust each other.
 * module: exporter.wat
 * module: importer.wat
 * module: failing.wat
 * run: asan explicit aarch64 windows windows-explicit
 */
#include "exporter.h"
#include "importer.h"
#include "failing.h"
#include "check.h"
#include <string.h>

static importer_instance *importer;
static exporter_instance *exporter;

/* Called by the exporter: a call with a status in the importer, which is linked to it. */
static int32_t between(void *context)
{
    int32_t result;
    (void)context;
    CHECK(importer_try_one(importer, &result) == WASMAOT_OK && result == 1);
    return 0;
}

int main(void)
{
    exporter_imports from_host;
    importer_imports imports;
    failing_imports to_fail;
    failing_instance *failing;
    importer_pick_results results;
    int32_t result;
    int i;
    memset(&from_host, 0, sizeof from_host);
    from_host.host_between = between;
    CHECK(exporter_new(NULL, &from_host, &exporter) == WASMAOT_OK);
    memset(&imports, 0, sizeof imports);
    imports.context = exporter;
    imports.exporter_table = exporter_table(exporter);
    imports.exporter_deep = (int32_t (*)(void *))exporter_deep;
    CHECK(importer_new(NULL, &imports, &importer) == WASMAOT_OK);

    /* One of them makes tail calls of a type: they do not agree on how it is called, and must not call each other. */
    CHECK(importer_try_pick(importer, 0, 1, 2, 3, &results) == WASMAOT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);

    /* A nested call leaves the limit of what is running around it. */
    CHECK(exporter_try_nested(exporter, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
    /* A function whose context is that of all imports is linked, too. */
    CHECK(importer_try_dive(importer, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);

    /* A start function that traps has left a reference in the table: it must not point at what is freed. */
    memset(&to_fail, 0, sizeof to_fail);
    to_fail.exporter_table = exporter_table(exporter);
    CHECK(failing_new(NULL, &to_fail, &failing) == WASMAOT_TRAP_UNREACHABLE && failing == NULL);
    CHECK(exporter_try_through(exporter, 1, &result) == WASMAOT_OK && result == 77);

    importer_delete(importer);
    exporter_delete(exporter);
    for (i = 0; i < 100; i++) {
        CHECK(exporter_new(NULL, &from_host, &exporter) == WASMAOT_OK);
        exporter_delete(exporter);
    }
    return 0;
}
