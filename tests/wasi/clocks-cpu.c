// The CPU clocks of process and thread, which wasmtime has not; and what is no clock, where wasmtime traps.
#include <assert.h>
#include <wasi/api.h>

int main(void) {
  for (uint32_t id = 2; id < 4; id++) {
    __wasi_timestamp_t resolution, before, after;
    assert(__wasi_clock_res_get(id, &resolution) == 0 && resolution > 0);
    assert(__wasi_clock_time_get(id, 0, &before) == 0 && before < 10000000000);
    do
      assert(__wasi_clock_time_get(id, 0, &after) == 0);
    while (after < before + 2000000);
  }
  __wasi_timestamp_t time;
  assert(__wasi_clock_time_get(4, 0, &time) == __WASI_ERRNO_INVAL);
  assert(__wasi_clock_res_get(77, &time) == __WASI_ERRNO_INVAL);
}
