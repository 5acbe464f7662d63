// A `main` and the eight WASI functions that kernels.c needs, for the C that wasm2c makes of it (`-n kernels`).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernels-wasm2c.h"

struct w2c_wasi__snapshot__preview1 {
  w2c_kernels *module;
  int argc;
  char **argv;
};
#define WASI(name) w2c_wasi__snapshot__preview1_##name
typedef struct w2c_wasi__snapshot__preview1 wasi;

static u8 *at(wasi *w, u32 address) { return w2c_kernels_memory(w->module)->data + address; }
static u32 word(wasi *w, u32 address) { u32 v; memcpy(&v, at(w, address), 4); return v; }
static void set(wasi *w, u32 address, u32 v) { memcpy(at(w, address), &v, 4); }

u32 WASI(args_sizes_get)(wasi *w, u32 count, u32 bytes) {
  u32 total = 0;
  for (int k = 0; k < w->argc; k++) total += strlen(w->argv[k]) + 1;
  set(w, count, w->argc), set(w, bytes, total);
  return 0;
}
u32 WASI(args_get)(wasi *w, u32 pointers, u32 buffer) {
  for (int k = 0; k < w->argc; k++, pointers += 4) {
    u32 len = strlen(w->argv[k]) + 1;
    set(w, pointers, buffer), memcpy(at(w, buffer), w->argv[k], len), buffer += len;
  }
  return 0;
}
u32 WASI(clock_time_get)(wasi *w, u32 id, u64 precision, u32 result) {
  struct timespec t;
  clock_gettime(id == 1 ? CLOCK_MONOTONIC : CLOCK_REALTIME, &t);
  u64 ns = t.tv_sec * 1000000000ull + t.tv_nsec;
  memcpy(at(w, result), &ns, 8);
  return 0;
}
u32 WASI(fd_close)(wasi *w, u32 fd) { return 0; }
u32 WASI(fd_seek)(wasi *w, u32 fd, u64 offset, u32 whence, u32 result) { return 70; }
u32 WASI(fd_fdstat_get)(wasi *w, u32 fd, u32 result) {
  memset(at(w, result), 0, 24), *at(w, result) = 2;
  return 0;
}
u32 WASI(fd_write)(wasi *w, u32 fd, u32 vectors, u32 count, u32 result) {
  u32 total = 0;
  for (; count; count--, vectors += 8) total += write(fd, at(w, word(w, vectors)), word(w, vectors + 4));
  set(w, result, total);
  return 0;
}
void WASI(proc_exit)(wasi *w, u32 code) { exit(code); }

int main(int argc, char **argv) {
  static w2c_kernels module;
  wasi w = {&module, argc, argv};
  wasm_rt_init();
  wasm2c_kernels_instantiate(&module, &w);
  w2c_kernels_0x5Fstart(&module);
  return 0;
}
