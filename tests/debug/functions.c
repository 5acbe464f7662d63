/* Functions: pointers to them, and calls from the debugger. */
#include <stdio.h>
#include <stdlib.h>

typedef int (*binary)(int, int);
struct node { int value; struct node *next; };
struct point { int x, y; };
struct box { struct point low, high; double weight; };
struct named { struct point at; const char *name; };
struct wrapped { int only; };
struct operation { const char *name; binary run; };

static int add(int a, int b) { return a + b; }
static int multiply(int a, int b) { return a * b; }
static const binary table[] = { add, multiply, NULL };
static struct operation operations[] = { { "add", add }, { "multiply", multiply } };
static struct node nodes[3] = { { 1, &nodes[1] }, { 2, &nodes[2] }, { 3, NULL } };
static const char *const words[] = { "zero", "one" };

static int length(const struct node *list) { return list ? 1 + length(list->next) : 0; }
static int factorial(int n) { return n <= 1 ? 1 : n * factorial(n - 1); }
static double mean(const int *numbers, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += numbers[i];
    return sum / count;
}
static float half(float x) { return x / 2; }
static long long wide(long long x, int y) { return x * y; }
static char upper(char c) { return c - 32; }
static const char *word_of(int n) { return words[n]; }
static struct node *find(struct node *list, int value)
{
    while (list && list->value != value)
        list = list->next;
    return list;
}
static int count_text(const char *text)
{
    int count = 0;
    while (text[count])
        count++;
    return count;
}
static void swap(int *a, int *b)
{
    int old = *a;
    *a = *b; /* SWAP */
    *b = old;
}
static binary choose(int index) { return table[index]; }
static int apply(binary f, int a, int b)
{
    return f(a, b); /* APPLY */
}
static struct point make_point(int x, int y)
{
    struct point made = { x, y };
    return made; /* POINT */
}
static struct box make_box(int size)
{
    struct box made = { { 0, 0 }, { size, size }, 1.5 };
    return made;
}
static struct named make_named(const char *name)
{
    struct named made = { { 7, 8 }, name };
    return made;
}
static struct wrapped wrap(int x)
{
    struct wrapped made = { x };
    return made;
}
static int sum_point(struct point p) { return p.x + p.y; }
static int unwrap(struct wrapped w) { return w.only; }
static int area(struct box b, int times)
{
    return (b.high.x - b.low.x) * (b.high.y - b.low.y) * times; /* AREA */
}

int main(void)
{
    binary f = add, nothing = NULL;
    const binary *second = &table[1];
    struct operation *operation = &operations[1];
    struct node *list = nodes;
    int numbers[3] = { 10, 20, 60 };
    char text[] = "text";
    struct point p = make_point(3, 4); /* START */
    struct box b = make_box(5);
    struct named n = make_named(words[1]);
    struct wrapped w = wrap(9);
    int total = apply(f, 1, 2) + apply(*second, 3, 4) + operation->run(5, 6);
    total += sum_point(p) + area(b, 2) + unwrap(w) + choose(1)(2, 3);
    swap(&numbers[0], &numbers[1]);
    free(malloc(1)); // in the program, gdb puts strings where it says
    printf("%d %d %d %d %s %s\n", total, numbers[0], length(list), factorial(3), n.name, text); /* END */
    printf("%g %g %lld %c %s %d %d %d\n", mean(numbers, 3), half(3), wide(2, 3), upper('a'), word_of(0), find(list, 2)->value,
           count_text(text), nothing != NULL);
    return 0;
}
