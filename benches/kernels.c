// Small programs that exercise one thing each, the same source natively and as wasm.
//
//   kernels NAME [ROUNDS]   runs it and prints a checksum, which must not depend on how it was built
//   kernels memory BYTES    nanoseconds per memory.copy, memory.fill and overlapping memory.copy of that size
//                           (memcpy, memset and memmove natively)
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint32_t seed = 12345;
static uint32_t next(void) { return seed = seed * 1664525 + 1013904223; }

static uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static uint64_t kernel_fib(void) { return fib(35); }

static uint64_t kernel_sieve(void) {
  enum { N = 4000000 };
  static uint8_t composite[N + 1];
  uint64_t count = 0;
  memset(composite, 0, sizeof composite);
  for (uint32_t i = 2; i <= N; i++) {
    if (composite[i]) continue;
    count++;
    for (uint64_t j = (uint64_t)i * i; j <= N; j += i) composite[j] = 1;
  }
  return count;
}

static uint64_t kernel_matmul(void) {
  enum { N = 256 };
  static double a[N][N], b[N][N], c[N][N];
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) a[i][j] = i + j, b[i][j] = i - j, c[i][j] = 0;
  for (int i = 0; i < N; i++)
    for (int k = 0; k < N; k++)
      for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
  double sum = 0;
  for (int i = 0; i < N; i++) sum += c[i][(i * 7) % N];
  return (uint64_t)(int64_t)sum;
}

static uint64_t kernel_nbody(void) {
  double x[5] = {0, 4.84, 8.34, 12.89, 15.37}, y[5] = {0, -1.16, 4.12, -15.11, -25.9}, vx[5] = {0}, vy[5] = {0.01, 0.6, -1, 0.3, 0.5};
  const double m[5] = {39.47, 0.037, 0.011, 0.0017, 0.002};
  for (int step = 0; step < 500000; step++) {
    for (int i = 0; i < 5; i++)
      for (int j = i + 1; j < 5; j++) {
        double dx = x[i] - x[j], dy = y[i] - y[j], d2 = dx * dx + dy * dy + 0.01, mag = 0.001 / (d2 * sqrt(d2));
        vx[i] -= dx * m[j] * mag, vy[i] -= dy * m[j] * mag, vx[j] += dx * m[i] * mag, vy[j] += dy * m[i] * mag;
      }
    for (int i = 0; i < 5; i++) x[i] += 0.001 * vx[i], y[i] += 0.001 * vy[i];
  }
  return (uint64_t)(int64_t)(x[1] * 1e6) ^ (uint64_t)(int64_t)(y[4] * 1e6);
}

static uint64_t kernel_hash(void) {
  enum { SLOTS = 1 << 18 };
  static uint32_t keys[SLOTS], values[SLOTS];
  memset(keys, 0, sizeof keys), memset(values, 0, sizeof values);
  uint64_t sum = 0;
  for (int k = 0; k < 3000000; k++) {
    uint32_t key = next() % 150000 + 1, slot = key * 2654435761u >> 14;
    while (keys[slot] && keys[slot] != key) slot = (slot + 1) % SLOTS;
    keys[slot] = key;
    sum += values[slot]++;
  }
  return sum;
}

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}
static uint64_t kernel_sort(void) { // calls through a pointer
  enum { N = 400000 };
  static uint32_t v[N];
  for (int k = 0; k < N; k++) v[k] = next();
  qsort(v, N, sizeof *v, by_value);
  return v[N / 3] ^ v[N - 1];
}

struct node {
  struct node *left, *right;
};
static struct node *tree(int depth) {
  struct node *n = malloc(sizeof *n);
  n->left = depth ? tree(depth - 1) : NULL;
  n->right = depth ? tree(depth - 1) : NULL;
  return n;
}
static uint64_t fell(struct node *n) {
  uint64_t count = 1 + (n->left ? fell(n->left) + fell(n->right) : 0);
  free(n);
  return count;
}
static uint64_t kernel_trees(void) {
  uint64_t count = 0;
  for (int k = 0; k < 10; k++) count += fell(tree(16));
  return count;
}

static uint64_t kernel_crypto(void) { // rotations and shifts
  uint32_t s[16], x[16];
  for (int k = 0; k < 16; k++) s[k] = next();
  uint64_t sum = 0;
  for (int block = 0; block < 400000; block++) {
    memcpy(x, s, sizeof x);
    s[12]++;
#define ROTATE(a, n) ((a) << (n) | (a) >> (32 - (n)))
#define QUARTER(a, b, c, d) \
  x[a] += x[b], x[d] = ROTATE(x[d] ^ x[a], 16), x[c] += x[d], x[b] = ROTATE(x[b] ^ x[c], 12), \
  x[a] += x[b], x[d] = ROTATE(x[d] ^ x[a], 8), x[c] += x[d], x[b] = ROTATE(x[b] ^ x[c], 7)
    for (int round = 0; round < 10; round++) {
      QUARTER(0, 4, 8, 12), QUARTER(1, 5, 9, 13), QUARTER(2, 6, 10, 14), QUARTER(3, 7, 11, 15);
      QUARTER(0, 5, 10, 15), QUARTER(1, 6, 11, 12), QUARTER(2, 7, 8, 13), QUARTER(3, 4, 9, 14);
    }
    sum += x[block & 15];
  }
  return sum;
}

static uint64_t kernel_interpret(void) { // a switch in a loop, as interpreters have
  static const uint8_t program[] = {0, 1, 2, 3, 1, 4, 5, 2, 6, 0, 7, 1, 3, 5};
  uint32_t a = 1, b = 2;
  for (uint32_t pc = 0, k = 0; k < 60000000; k++) {
    switch (program[pc]) {
      case 0: a += b; break;
      case 1: b ^= a << 3; break;
      case 2: a -= b >> 1; break;
      case 3: b += k; break;
      case 4: a = a * 31 + 7; break;
      case 5: b = (b << 5) | (b >> 27); break;
      case 6: if (a & 1) a ^= 0x9e3779b9; break;
      case 7: a ^= b; break;
    }
    pc = pc + 1 == sizeof program ? 0 : pc + 1;
  }
  return a ^ (uint64_t)b << 32;
}

static const struct {
  const char *name;
  uint64_t (*run)(void);
} kernels[] = {{"fib", kernel_fib},     {"sieve", kernel_sieve},   {"matmul", kernel_matmul}, {"nbody", kernel_nbody},       {"hash", kernel_hash},
               {"sort", kernel_sort},   {"trees", kernel_trees},   {"crypto", kernel_crypto}, {"interpret", kernel_interpret}};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static void memory(size_t size) {
  size_t most = size < 1 << 20 ? 1 << 20 : size;
  char *from = malloc(most), *to = malloc(most);
  if (!from || !to) exit(1);
  memset(from, 1, most), memset(to, 2, most);
  double best[3] = {1e18, 1e18, 1e18};
  size_t rounds = size < 4096 ? 20000 : (64 << 20) / size + 1;
  for (int attempt = 0; attempt < 7; attempt++) {
    double start = now();
    for (size_t k = 0; k < rounds; k++) {
      __builtin_memcpy(to, from, size);
      __asm__ volatile("" ::"r"(to), "r"(from), "r"(size) : "memory");
    }
    double copied = now();
    for (size_t k = 0; k < rounds; k++) {
      __builtin_memset(to, (int)k, size);
      __asm__ volatile("" ::"r"(to), "r"(size) : "memory");
    }
    double filled = now();
    for (size_t k = 0; k < rounds; k++) {
      __builtin_memmove(from + 8, from, size - 8);
      __asm__ volatile("" ::"r"(from), "r"(size) : "memory");
    }
    double moved = now();
    if (copied - start < best[0]) best[0] = copied - start;
    if (filled - copied < best[1]) best[1] = filled - copied;
    if (moved - filled < best[2]) best[2] = moved - filled;
  }
  printf("%zu %.1f %.1f %.1f\n", size, best[0] / rounds, best[1] / rounds, best[2] / rounds);
}

int main(int argc, char **argv) {
  if (argc > 2 && !strcmp(argv[1], "memory")) return memory(atol(argv[2])), 0;
  for (size_t k = 0; argc > 1 && k < sizeof kernels / sizeof *kernels; k++) {
    if (strcmp(argv[1], kernels[k].name)) continue;
    uint64_t sum = 0;
    for (int round = argc > 2 ? atoi(argv[2]) : 1; round > 0; round--) sum = sum * 31 + kernels[k].run();
    printf("%s %llu\n", argv[1], (unsigned long long)sum);
    return 0;
  }
  for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) printf("%s\n", kernels[k].name);
  return 2;
}
