// Loops that the C compiler turns into SIMD, and vectors written as such: pictures, sound, matrices, text. Floats are
// printed exactly; every result is one that the order of operations fixes.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("simd128"))), apply_to = function)

typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));

enum { SIZE = 4096 };
static uint8_t bytes[SIZE], other[SIZE], out[SIZE];
static int16_t sound[SIZE], echo[SIZE];
static double reals[SIZE];
static float singles[SIZE];

static uint64_t hash(const void *data, size_t size) {
  const uint8_t *at = data;
  uint64_t h = 0xcbf29ce484222325u;
  while (size--) h = (h ^ *at++) * 0x100000001b3u;
  return h;
}

static void fill(uint32_t seed) {
  for (int i = 0; i < SIZE; i++) {
    seed = seed * 1664525u + 1013904223u;
    bytes[i] = seed >> 24;
    other[i] = seed >> 13;
    sound[i] = (int16_t)(seed >> 11);
    reals[i] = (double)(int32_t)seed / 65536.0;
    singles[i] = (float)(seed >> 8) / 1024.0f - 4000.0f;
  }
}

// Pictures: bytes widened, multiplied, narrowed.
static void blend(int alpha) {
  for (int i = 0; i < SIZE; i++) out[i] = (uint8_t)((bytes[i] * alpha + other[i] * (256 - alpha) + 128) >> 8);
}
static void brighten(int by) {
  for (int i = 0; i < SIZE; i++) {
    int sum = bytes[i] + by;
    out[i] = sum > 255 ? 255 : sum < 0 ? 0 : sum;
  }
}
static void average(void) {
  for (int i = 0; i < SIZE; i++) out[i] = (bytes[i] + other[i] + 1) >> 1;
}
static unsigned differences(void) {
  unsigned sum = 0;
  for (int i = 0; i < SIZE; i++) sum += abs(bytes[i] - other[i]);
  return sum;
}

// Sound: saturated sums, products of 16 bits.
static void mix(void) {
  for (int i = 0; i < SIZE; i++) {
    int sum = sound[i] + sound[SIZE - 1 - i];
    echo[i] = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
  }
}
static int64_t correlate(int shift) {
  int64_t sum = 0;
  for (int i = 0; i + shift < SIZE; i++) sum += sound[i] * sound[i + shift];
  return sum;
}

// Text: the bytes that are letters, and how many bits are set.
static int letters(void) {
  int count = 0;
  for (int i = 0; i < SIZE; i++) count += (uint8_t)((bytes[i] | 32) - 'a') < 26;
  return count;
}
static int bits(void) {
  int count = 0;
  for (int i = 0; i < SIZE; i++) count += __builtin_popcount(bytes[i]);
  return count;
}
static void reverse(void) {
  for (int i = 0; i < SIZE; i += 16) {
    u8x16 v;
    memcpy(&v, bytes + i, 16);
    v = __builtin_shufflevector(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    memcpy(out + SIZE - 16 - i, &v, 16);
  }
}

// Floats: four points of the Mandelbrot set at once; conversions.
static void mandelbrot(void) {
  for (int row = 0; row < 24; row++) {
    char line[65] = {0};
    for (int column = 0; column < 64; column += 4) {
      f32x4 cr = {column, column + 1, column + 2, column + 3};
      cr = cr / 24.0f - 2.0f;
      f32x4 ci = (f32x4){row, row, row, row} / 10.0f - 1.2f;
      f32x4 zr = {0}, zi = {0};
      i32x4 steps = {0};
      for (int step = 0; step < 60; step++) {
        f32x4 rr = zr * zr, ii = zi * zi;
        i32x4 inside = rr + ii < 4.0f;
        steps -= inside;
        zi = 2.0f * zr * zi + ci;
        zr = rr - ii + cr;
      }
      for (int lane = 0; lane < 4; lane++) line[column + lane] = " .:-=+*%@#"[steps[lane] / 7];
    }
    puts(line);
  }
}
static void scale(void) {
  for (int i = 0; i < SIZE; i++) reals[i] = __builtin_sqrt(__builtin_fabs(reals[i])) * 0.5 - __builtin_floor(reals[i]);
}
static void round_to_int(int32_t *to) {
  for (int i = 0; i < SIZE; i++) to[i] = (int32_t)__builtin_ceilf(singles[i] * 3.7f);
}
static void to_double(double *to) {
  for (int i = 0; i < SIZE; i++) to[i] = singles[i] + (double)sound[i];
}

int main(void) {
  static int32_t ints[SIZE];
  for (uint32_t seed = 1; seed <= 3; seed++) {
    fill(seed);
    blend(40 * (int)seed);
    printf("blend %016llx\n", (unsigned long long)hash(out, SIZE));
    brighten(seed & 1 ? 90 : -90);
    printf("brighten %016llx\n", (unsigned long long)hash(out, SIZE));
    average();
    printf("average %016llx\n", (unsigned long long)hash(out, SIZE));
    reverse();
    printf("reverse %016llx\n", (unsigned long long)hash(out, SIZE));
    mix();
    printf("mix %016llx\n", (unsigned long long)hash(echo, sizeof echo));
    printf("differences %u, letters %d, bits %d, correlation %lld\n", differences(), letters(), bits(),
           (long long)correlate((int)seed * 5));
    scale();
    printf("scale %016llx\n", (unsigned long long)hash(reals, sizeof reals));
    round_to_int(ints);
    printf("round %016llx\n", (unsigned long long)hash(ints, sizeof ints));
    to_double(reals);
    printf("double %016llx\n", (unsigned long long)hash(reals, sizeof reals));
  }
  mandelbrot();
}

#pragma clang attribute pop
