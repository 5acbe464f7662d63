// poll_oneoff with times: relative and absolute, on both clocks, several at once.
#include <assert.h>
#include <wasi/api.h>

#define MS 1000000ull

static __wasi_subscription_t subscription(uint64_t userdata, uint32_t clock, uint64_t timeout, uint16_t flags) {
  __wasi_subscription_t s = {.userdata = userdata};
  s.u.tag = __WASI_EVENTTYPE_CLOCK;
  s.u.u.clock.id = clock;
  s.u.u.clock.timeout = timeout;
  s.u.u.clock.flags = flags;
  return s;
}

static uint64_t now(uint32_t clock) {
  __wasi_timestamp_t time;
  assert(__wasi_clock_time_get(clock, 0, &time) == 0);
  return time;
}

int main(void) {
  __wasi_subscription_t in[3];
  __wasi_event_t out[3];
  __wasi_size_t count;

  uint64_t begin = now(1);
  in[0] = subscription(7, 1, 20 * MS, 0);
  assert(__wasi_poll_oneoff(in, out, 1, &count) == 0 && count == 1);
  assert(out[0].userdata == 7 && out[0].error == 0 && out[0].type == __WASI_EVENTTYPE_CLOCK);
  assert(now(1) - begin >= 19 * MS);

  for (uint32_t clock = 0; clock < 2; clock++) {
    begin = now(clock);
    in[0] = subscription(8, clock, begin + 20 * MS, __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME);
    in[1] = subscription(9, 1, 3600000 * MS, 0);
    assert(__wasi_poll_oneoff(in, out, 2, &count) == 0 && count == 1);
    assert(out[0].userdata == 8 && out[0].error == 0);
    assert(now(clock) - begin >= 19 * MS);
  }

  // Times that have passed are events at once.
  in[0] = subscription(1, 0, 5, __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME);
  in[1] = subscription(2, 1, 3600000 * MS, 0);
  in[2] = subscription(3, 1, 0, 0);
  assert(__wasi_poll_oneoff(in, out, 3, &count) == 0 && count >= 1 && out[0].userdata != 2);

  assert(__wasi_poll_oneoff(in, out, 0, &count) == __WASI_ERRNO_INVAL);
}
