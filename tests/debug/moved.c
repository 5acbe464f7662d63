/* Optimised code: breakpoints where the compiler moved code out of loops. */
#include <stdio.h>

struct acc {
    int id, n;
};

__attribute__((noinline)) int f(int a, int b) { return a * 3 + b; }
__attribute__((noinline)) int g(int a, int b) { return a - b; }

typedef int (*op)(int, int);
op ops[4] = {f, g, f, g};

__attribute__((noinline)) int run(struct acc *acc, int k)
{
    int v = 1;
    for (int i = 0; i < k; i++) {
        v = f(v, i);
        if (v & 1)
            acc->n += v; /* HOT */
    }
    return v;
}

__attribute__((noinline)) int table(struct acc *accs, int k, int c, int d)
{
    int x = 4, y = c * 5, z = d * 7, w = c ^ d, u = c - d;
    for (int i = 0; i < k; i++) {
        x = ops[i & 3](x, y);
        y += ops[(i + 1) & 3](z, w) + u;
        z ^= x;
        switch (x & 3) {
        case 1:
            accs[0].id += x;
            break;
        case 2:
            accs[1].n += y;
            break;
        default:
            w += c;
        }
    }
    if (accs[1].n == 12345) /* BEHIND */
        x += accs[0].id; /* NEVER */
    printf("%d %d %d %d\n", x, y, z, w); /* DONE */
    return x + u;
}

int main(void)
{
    struct acc accs[2] = {{1, 0}, {2, 0}};
    int r = run(&accs[0], 4);
    r += table(accs, 9, r & 7, r & 3);
    printf("%d %d\n", r, accs[0].n); /* END */
    return 0;
}
