/* What an instance imports from another has the type that its module declares, or there is no instance.
 * module: giver.wat
 * module: taker.wat
 * run: asan explicit cpp aarch64 windows windows-dll
 */
#include "giver.h"
#include "taker.h"
#include "check.h"
#include <string.h>

static giver_instance *giver;
static taker_imports good;

static void refused(const taker_imports *imports, const char *message)
{
    taker_instance *taker;
    CHECK(taker_new(NULL, imports, &taker) == WASMAOT_INCOMPATIBLE_IMPORT && taker == NULL);
    if (strcmp(wasmaot_last_error(), message) != 0) {
        fprintf(stderr, "%s\ninstead of %s\n", wasmaot_last_error(), message);
        exit(1);
    }
}

#define REFUSED(field, value, message)  \
    do {                                \
        taker_imports bad = good;       \
        bad.field = value;              \
        refused(&bad, message);         \
    } while (0)

static int32_t of_host(void *context, int32_t value)
{
    (void)context;
    return value + 100;
}

int main(void)
{
    giver_instance *other;
    taker_instance *taker;
    int32_t number = 1, constant = 2;
    typedef void (*any)(void);
    typedef int32_t (*unary)(void *, int32_t);
    typedef void (*cells)(void *, wasmaot_value *);
    CHECK(giver_new(NULL, NULL, &giver) == WASMAOT_OK);
    memset(&good, 0, sizeof good);
    good.context = giver;
    good.giver_table = giver_table(giver);
    good.giver_wide = giver_wide(giver);
    good.giver_typed = giver_typed(giver);
    good.giver_counter = giver_counter(giver);
    good.giver_limit = giver_limit(giver);
    /* A subtype of what is declared. */
    good.giver_any = giver_f_ref(giver);
    good.giver_f = (unary)(any)giver_f;
    good.giver_pair = (cells)(any)giver_cells_pair;
    CHECK(taker_new(NULL, &good, &taker) == WASMAOT_OK);
    CHECK(taker_sum(taker) == 5 + 6 + 7 + 20);
    taker_delete(taker);

    REFUSED(giver_table, giver_wide(giver), "the import giver.table does not fit the table's type");
    REFUSED(giver_table, giver_externs(giver), "the import giver.table does not fit the table's type");
    REFUSED(giver_table, giver_typed(giver), "the import giver.table does not fit the table's type");
    REFUSED(giver_wide, giver_table(giver), "the import giver.wide does not fit the table's type");
    REFUSED(giver_typed, giver_table(giver), "the import giver.typed does not fit the table's type");
    REFUSED(giver_table, (wasmaot_table *)giver_memory(giver), "the import giver.table does not fit the table's type");
    REFUSED(giver_table, (wasmaot_table *)(void *)&good, "the import giver.table belongs to no instance");

    REFUSED(giver_counter, (int32_t *)(void *)giver_long(giver), "the import giver.counter does not fit the global's type");
    REFUSED(giver_counter, (int32_t *)giver_limit(giver), "the import giver.counter does not fit the global's type");
    REFUSED(giver_counter, (int32_t *)(void *)giver, "the import giver.counter does not fit the global's type");
    REFUSED(giver_limit, giver_counter(giver), "the import giver.limit does not fit the global's type");
    REFUSED(giver_limit, (const int32_t *)(const void *)giver_long_limit(giver),
            "the import giver.limit does not fit the global's type");
    REFUSED(giver_any, giver_some_ref(giver), "the import giver.any does not fit the global's type");
    REFUSED(giver_any, (const wasmaot_funcref *)(const void *)giver_extern_ref(giver),
            "the import giver.any does not fit the global's type");

    REFUSED(giver_f, (unary)(any)giver_other, "the import giver.f does not fit the function's type");
    REFUSED(giver_f, (unary)(any)giver_cells_f, "the import giver.f does not fit the function's type");
    REFUSED(giver_f, (unary)(any)giver_table, "the import giver.f does not fit the function's type");
    REFUSED(giver_pair, (cells)(any)giver_cells_triple, "the import giver.pair does not fit the function's type");
    REFUSED(giver_f_context, &good,
            "the import giver.f is a function of a module: its context must be an instance of that");

    /* Of an instance that is gone. */
    CHECK(giver_new(NULL, NULL, &other) == WASMAOT_OK);
    {
        wasmaot_table *table = giver_table(other);
        giver_delete(other);
        REFUSED(giver_table, table, "the import giver.table belongs to no instance");
        REFUSED(giver_f_context, other,
                "the import giver.f is a function of a module: its context must be an instance of that");
    }

    /* What is the host's own has no type. */
    good.giver_f = of_host;
    good.giver_counter = &number;
    good.giver_limit = &constant;
    CHECK(taker_new(NULL, &good, &taker) == WASMAOT_OK);
    CHECK(taker_sum(taker) == 1 + 2 + 101 + 20);
    taker_delete(taker);
    giver_delete(giver);
    return 0;
}
