/* Lines and scopes: where `next` and `step` stop, and which variable a name means there. */
#include <stdio.h>

static int value = 1;

static int classify(int n)
{
    switch (n % 4) {
    case 0:
        return 100; /* ZERO */
    case 1:
    case 2:
        n += 10; /* TWO */
        break;   /* BREAK */
    default:
        n = -n; /* DEFAULT */
    }
    return n; /* OUT */
}

static int scopes(int value)
{
    int result = value; /* OUTER */
    {
        int value = 20;
        result += value; /* INNER */
        {
            double value = 0.5;
            result += value > 0; /* INNERMOST */
        }
    }
    return result; /* AFTER */
}

int main(void)
{
    int a = 5, b = 0; /* FIRST */
    if (a > 3)        /* IF */
        b = 1;        /* THEN */
    else
        b = 2;
    while (b < 3) /* WHILE */
        b++;      /* BODY */
    a = b > 2 ? classify(2) : classify(0);
    a += classify(a) + /* SUM */
         classify(8);
    if (a < 0 && classify(1) > 5) { /* AND */
        goto end;                   /* GOTO */
    }
    a = 0;
end:
    b = scopes(7); /* LABEL */
    printf("%d %d %d\n", a, b, value); /* END */
    return 0;
}
