// Thread-local variables.
#include <stdio.h>

static _Thread_local int inner = 3;
_Thread_local int outer = 4;

int main(void)
{
    static _Thread_local int kept = 6;
    inner++, outer++, kept++;
    printf("%d %d %d\n", inner, outer, kept); /* PRINT */
    return 0;
}
