/* Instances that reach each other through tables, references and functions of the host: the stack's limit goes along, and
 * deleting them in any order leaves nothing that dangles.
 * module: hub.wat
 * module: spoke.wat
 * module: lodger.wat
 * run: asan explicit aarch64 windows
 */
#include "hub.h"
#include "spoke.h"
#include "lodger.h"
#include "check.h"
#include <string.h>

/* Emulators are slow to reserve address space; Wine notes each page of it. */
#if defined(__x86_64__) && !defined(_WIN32)
enum { ROUNDS = 20000, CHURN = 20 };
#else
enum { ROUNDS = 10, CHURN = 3 };
#endif

/* Its context is an instance: then that has the limit of the call, too. */
static int32_t wrap(void *context, int32_t value)
{
    return spoke_deep((spoke_instance *)context, value);
}

static spoke_instance *new_spoke(hub_instance *hub)
{
    spoke_instance *spoke;
    spoke_imports imports;
    memset(&imports, 0, sizeof imports);
    imports.context = hub;
    imports.hub_table = hub_table(hub);
    imports.hub_last = hub_last(hub);
    imports.hub_peek = (int32_t (*)(void *, int32_t))hub_peek;
    CHECK(spoke_new(NULL, &imports, &spoke) == WASMAOT_OK);
    return spoke;
}

static hub_instance *new_hub(void *context)
{
    hub_instance *hub;
    hub_imports imports;
    memset(&imports, 0, sizeof imports);
    imports.host_wrap = wrap;
    imports.context = context;
    CHECK(hub_new(NULL, &imports, &hub) == WASMAOT_OK);
    return hub;
}

/* Takes the room of what has been freed. */
static void churn(void)
{
    hub_instance *hubs[CHURN];
    int i;
    for (i = 0; i < CHURN; i++)
        hubs[i] = new_hub(NULL);
    for (i = 0; i < CHURN; i++)
        hub_delete(hubs[i]);
}

static void stack(void)
{
    hub_instance *hub = new_hub(NULL), *outer;
    spoke_instance *spoke = new_spoke(hub);
    int32_t result, i;
    spoke_leave(spoke);
    for (i = 0; i < 3; i++) {
        CHECK(hub_try_call(hub, 1, 0, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
        CHECK(hub_try_call(hub, 0, 1, &result) == WASMAOT_OK && result == 101);
        CHECK(hub_try_call_last(hub, 2, &result) == WASMAOT_OK && result == 102);
        CHECK(hub_call(hub, 0, 1) == 101);
        CHECK(spoke_try_deep(spoke, 0, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
    }
    outer = new_hub(spoke);
    CHECK(hub_try_call_host(outer, 0, &result) == WASMAOT_TRAP_CALL_STACK_EXHAUSTED);
    hub_delete(outer);
    spoke_delete(spoke);
    hub_delete(hub);
}

static void exporter_stays(void)
{
    hub_instance *hub = new_hub(NULL), *second = new_hub(NULL);
    spoke_instance *spoke = new_spoke(hub), *last = new_spoke(second);
    int32_t result;
    hub_delete(hub);
    churn();
    CHECK(spoke_try_ask(spoke, 0, &result) == WASMAOT_OK && result == 42);
    spoke_delete(spoke);
    spoke_delete(last);
    hub_delete(second);
}

static void exporter_of_memory_stays(void)
{
    hub_instance *hub = new_hub(NULL);
    lodger_imports imports;
    lodger_instance *lodger;
    memset(&imports, 0, sizeof imports);
    imports.hub_memory = hub_memory(hub);
    CHECK(lodger_new(NULL, &imports, &lodger) == WASMAOT_OK);
    hub_delete(hub);
    churn();
    CHECK(lodger_read(lodger, 0) == 42 && lodger_through(lodger, 0) == 42);
    lodger_delete(lodger);
}

static void references(void)
{
    hub_instance *hub = new_hub(NULL);
    spoke_instance *spoke = new_spoke(hub), *other;
    int32_t result;
    spoke_leave(spoke);
    spoke_delete(spoke);
    churn();
    CHECK(hub_try_call(hub, 0, 1, &result) == WASMAOT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    CHECK(hub_try_call_last(hub, 1, &result) == WASMAOT_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
    other = new_spoke(hub);
    CHECK(hub_try_call(hub, 0, 1, &result) == WASMAOT_OK && result == 101);
    hub_delete(hub);
    spoke_delete(other);
}

/* Address space, and memory, is given back while the exporter lives on. */
static void many(void)
{
    hub_instance *hub = new_hub(NULL);
    lodger_imports imports;
    int i;
    memset(&imports, 0, sizeof imports);
    imports.hub_memory = hub_memory(hub);
    for (i = 0; i < ROUNDS; i++) {
        lodger_instance *lodger;
        CHECK(lodger_new(NULL, &imports, &lodger) == WASMAOT_OK);
        lodger_delete(lodger);
        spoke_delete(new_spoke(hub));
    }
    hub_delete(hub);
}

int main(void)
{
    stack();
    exporter_stays();
    exporter_of_memory_stays();
    references();
    many();
    return 0;
}
