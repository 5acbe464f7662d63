// Pointers in structures and arrays: passed, cast, compared, assigned.
#include <stdio.h>
#include <string.h>

struct node {
    int value;
    struct node *next;
    void *data;
    const void *fixed;
    const char *name;
    unsigned char *bytes;
    int (*function)(int);
    const struct node *other;
};

static int twice(int x)
{
    return 2 * x;
}

static int number = 42;
static const char *names[] = { "one", "three", 0 };
static struct node pool[3] = {
    { 1, &pool[1], &number, &number, "first", (unsigned char *) "bytes", twice, &pool[2] },
    { 20, &pool[2], &pool[2], 0, 0, 0, 0, 0 },
    { 300, 0, 0, 0, "last", 0, 0, 0 },
};
static struct node *table[3] = { &pool[2], 0, &pool[0] };

static int length(const char *s)
{
    return (int) strlen(s);
}

static int sum(const struct node *list)
{
    return list ? list->value + sum(list->next) : 0;
}

int main(void)
{
    struct node *s = pool;
    int all = length(names[1]) + sum(table[2]) + s->function(3);
    printf("%d %d %s\n", all, *(int *) s->data, s->next->next ? s->next->next->name : "none"); /* PRINT */
    return 0;
}
