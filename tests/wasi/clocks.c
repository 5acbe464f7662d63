// Clocks that every host has: they tell a time, go on, and have a resolution.
#include <assert.h>
#include <wasi/api.h>

int main(void) {
  __wasi_timestamp_t before, after, resolution;
  for (uint32_t id = 0; id < 2; id++) {
    assert(__wasi_clock_res_get(id, &resolution) == 0 && resolution > 0 && resolution <= 1000000000);
    assert(__wasi_clock_time_get(id, 0, &before) == 0);
    do
      assert(__wasi_clock_time_get(id, 1000000, &after) == 0);
    while (after == before);
    assert(after > before);
  }
  assert(__wasi_clock_time_get(0, 0, &before) == 0 && before > 1700000000000000000);
  assert(__wasi_sched_yield() == 0);
}
