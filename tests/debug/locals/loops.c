// Loops, reassigned variables, branches, calls: what the optimiser and the register allocator move about.
#include <stdint.h>
#include <stdlib.h>

__attribute__((noinline)) static int test_callee(int a, int b) { return a * 3 - (b ^ 5); }

__attribute__((noinline)) static int test_loop(int n, const int *p) {
  int sum = 0, k = 7;
  for (int i = 0; i < n; i++) {
    int t = p[i] * k;
    if (t & 1)
      sum += t;
    else
      sum -= i;
    k = k + 3;
  }
  return sum + k;
}

__attribute__((noinline)) static int test_branches(int a, int b) {
  int x = a + 4, y = b - 4;
  if (a > b) {
    x = test_callee(x, y);
    y = x - 1;
  } else if (a == b) {
    y = test_callee(y, x) + x;
  } else {
    int z = x;
    x = y;
    y = z;
  }
  return test_callee(x, y) + x + y;
}

__attribute__((noinline)) static uint64_t test_wide(uint64_t h, double d, float f) {
  for (int i = 0; i < 6; i++) {
    h = (h ^ (uint64_t)i) * 1099511628211u + 12;
    d = d * 1.5 + f;
    f = f - (float)d;
    if (d > 10) {
      h += (uint64_t)d;
      d = f;
    }
  }
  return h + (uint64_t)(int64_t)f;
}

__attribute__((noinline)) static int test_nested(int n) {
  int count = 0, last = -1;
  for (int i = 2; i < n; i++) {
    int prime = 1;
    for (int j = 2; j * j <= i; j++) {
      if (i % j == 0) {
        prime = 0;
        break;
      }
    }
    if (prime) {
      count++;
      last = i;
    }
  }
  return count * 1000 + last;
}

__attribute__((noinline)) static int test_switch(const char *s) {
  int state = 0, value = 0;
  for (; *s; s++) {
    switch (*s) {
    case 'a': state = 1; break;
    case 'b': state = state == 1 ? 2 : 0; break;
    case 'c': value += state; continue;
    case 'd': value = test_callee(value, state); // fall through
    case 'e': state = 3; break;
    default: value ^= *s;
    }
    value = value * 2 + state;
  }
  return value;
}

__attribute__((noinline)) static int test_many(int a, int b, int c, int d, int e, int f) {
  int r = 0;
  for (int i = 0; i < 4; i++) {
    int g = a * b, h = c * d, j = e * f, k = a ^ c, l = b ^ d, m = e - a, n = f - b, o = a + f;
    r += test_callee(g, h) + test_callee(j, k) + test_callee(l, m) + test_callee(n, o);
    a = b + g;
    b = c - h;
    c = d + j;
    d = e ^ k;
    e = f + l;
    f = r;
  }
  return r + a + b + c + d + e + f;
}

__attribute__((noinline)) static int test_recursive(int n, int depth) {
  int left = n / 2, right = n - left - 1;
  if (n <= 1)
    return depth;
  int a = test_recursive(left, depth + 1);
  int b = test_recursive(right, depth + 1);
  return a > b ? a + n : b - n;
}

int main(void) {
  int p[] = {3, 1, 4, 1, 5, 9, 2, 6, 5};
  int r = test_loop(9, p) + test_branches(3, 2) + test_branches(2, 2) + test_branches(1, 2);
  r += (int)test_wide(14695981039346656037u, 1.25, 0.5f) + test_nested(30) + test_switch("abcabdexcabd");
  r += test_many(1, 2, 3, 4, 5, 6) + test_recursive(12, 0);
  return r & 63;
}
