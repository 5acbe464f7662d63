/* A module with debug information, for lines.c. */
static inline __attribute__((always_inline)) int divide(int a, int b)
{
    return a / b;
}

__attribute__((export_name("ratio"))) int ratio(int a, int b)
{
    return 3 + divide(a, b);
}

__attribute__((export_name("load"))) int load(const volatile int *p)
{
    return *p;
}
