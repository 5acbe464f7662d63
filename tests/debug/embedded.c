/* A module for a C program, embedded.host.c, which has two instances of it at the same time. */

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("host"), import_name(#name)))

struct node {
    int value;
    const char *name;
    struct node *next;
};

static struct node nodes[3];
static int counter = 7;
int total_runs = 100;
const char *greeting = "hello";
struct node *table[2];

IMPORT(tick) int tick(int n);

static int multiply(int a, int b) { return a * b; /* LEAF */ }

static int nothing(void) { return 5; /* NOTHING */ }

EXPORT(setup) void setup(int seed)
{
    static int calls;
    calls++;
    for (int i = 0; i < 3; i++) {
        nodes[i].value = seed + i;
        nodes[i].name = i == 1 ? "middle" : "end";
        nodes[i].next = i < 2 ? &nodes[i + 1] : 0;
    }
    counter += seed;
    table[0] = &nodes[0];
    table[1] = &nodes[2]; /* SETUP */
}

static int sum(const struct node *list)
{
    int total = 0;
    for (; list; list = list->next)
        total += list->value;
    return total; /* SUM */
}

static struct node *find(int index) { return &nodes[index]; }

EXPORT(run) int run(int n)
{
    int numbers[4] = {n, n + 1, n + 2, n + 3};
    struct node local = {n, "local", nodes};
    int *second = &numbers[1];
    int result = sum(&local);
    *second += 10;
    total_runs += n;
    struct node *found = find(1); /* FIND */
    result += tick(n) + multiply(n, 2) + nothing(); /* TICK */
    return result + found->value + *second; /* END */
}

EXPORT(count) int count(void) { return counter; }
