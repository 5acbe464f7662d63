/* Calls: into functions, out of them, over them, through the C library, deep. */
#include <stdio.h>
#include <stdlib.h>

struct big { int values[6]; };
static int depth;
static const int table[4] = { 4, 2, 3, 1 };

static int count_calls(void)
{
    static int calls = 10;
    calls++;
    return calls; /* CALLS */
}

static double half(int n) { return n / 2.0; }
static float third(float x) { return x / 4; }
static long long wide(int n) { return n * 10000000000LL; }
static const int *pick(int index) { return &table[index]; }
static const char *word(int n) { return n ? "some" : "none"; }
static char letter(int n) { return 'a' + n; }

static int compare(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return x - y; /* COMPARE */
}

static int descend(int n, int sum)
{
    int here = sum + n;
    if (n == 0) {
        depth = sum;
        return here; /* BOTTOM */
    }
    return descend(n - 1, here);
}

int main(void)
{
    int sorted[4] = { 4, 2, 3, 1 };
    double d = half(5);
    float f = third(5);
    long long w = wide(3);
    const int *p = pick(2);
    const char *s = word(1);
    char c = letter(2);
    int calls = count_calls();
    calls = count_calls(); /* AGAIN */
    qsort(sorted, 4, sizeof sorted[0], compare);
    int total = 0;
    for (int i = 0; i < 4; i++) {
        int square = sorted[i] * sorted[i];
        total += square; /* LOOP */
    }
    total += descend(5, 0); /* DESCEND */
    printf("%d %.2f %.2f %lld %d %s %c %d\n", total, d, f, w, *p, s, c, calls + depth); /* END */
    return 0;
}
