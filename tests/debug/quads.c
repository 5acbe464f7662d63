/* Floating-point numbers of 128 bits, which x86-64 has under another name than long double. */
#include <stdio.h>

struct sample { long double exact; int weight; };

static long double half(long double number)
{
    return number / 2; /* HALF */
}

int main(void)
{
    struct sample samples[2] = { { 1.5L, 1 }, { -2.25L, 2 } };
    long double number = half(samples[0].exact);
    printf("%g\n", (double)number); /* STOP */
    printf("%g\n", (double)number);
    return 0;
}
