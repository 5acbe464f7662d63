// random_get fills all of a buffer, and only that.
#include <assert.h>
#include <string.h>
#include <wasi/api.h>

static uint8_t buffer[100002];

int main(void) {
  int counts[256] = {0};
  assert(__wasi_random_get(buffer + 1, 100000) == 0);
  assert(buffer[0] == 0 && buffer[100001] == 0);
  for (int i = 1; i <= 100000; i++)
    counts[buffer[i]]++;
  for (int i = 0; i < 256; i++)
    assert(counts[i] > 200 && counts[i] < 600);
  assert(__wasi_random_get(buffer, 0) == 0);
}
