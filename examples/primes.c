// Counts the primes below a limit: something to compare with `cc -O2 primes.c`.
//
//     clang --target=wasm32-wasi -O2 examples/primes.c -o primes.wasm     (wasi-sdk, or Debian's clang and wasi-libc)
//     wasmaot compile primes.wasm
//     ./primes 50000000

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    long limit = argc > 1 ? atol(argv[1]) : 10000000;
    if (limit < 2 || limit > 1000000000) {
        fprintf(stderr, "usage: primes LIMIT (2 to 1000000000)\n");
        return 2;
    }
    unsigned char *composite = calloc(limit, 1);
    if (!composite) {
        fprintf(stderr, "primes: no memory for %ld numbers\n", limit);
        return 1;
    }
    long count = 0;
    for (long n = 2; n < limit; n++) {
        if (composite[n])
            continue;
        count++;
        for (long long multiple = (long long)n * n; multiple < limit; multiple += n)
            composite[multiple] = 1;
    }
    printf("%ld primes below %ld\n", count, limit);
    free(composite);
    return 0;
}
