// Signals: those that do nothing by default, and then one that ends the process. (C libraries do not declare this one.)
#include <assert.h>
#include <stdint.h>

__attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_raise"))) int32_t proc_raise(int32_t signal);

enum { NONE = 0, USR1 = 10, CHLD = 16, WINCH = 27, SYS = 30, INVAL = 28 };

int main(void) {
  assert(proc_raise(NONE) == 0);
  assert(proc_raise(CHLD) == 0);
  assert(proc_raise(WINCH) == 0);
  assert(proc_raise(SYS + 1) == INVAL);
  proc_raise(USR1);
}
