/* Types of C: what a debugger makes of them and of values in them. */
#include <stdio.h>

typedef unsigned char byte;
typedef struct pair { short first; long long second; } pair_t;
enum level { LOW = -1, MIDDLE, HIGH = 10 };
enum mask { READ = 1, WRITE = 2, EXECUTE = 4 };

struct flags {
    unsigned ready : 1;
    unsigned mode : 3;
    int delta : 5;
    enum level level;
};

union number { int whole; float real; byte bytes[4]; };

struct shape {
    const char *name;
    struct { int width, height; } size;
    union number tag;
    pair_t pairs[2];
    int (*area)(const struct shape *);
};

static int rectangle(const struct shape *s)
{
    return s->size.width * s->size.height; /* AREA */
}

static struct shape shapes[2] = {
    { "door", { 2, 3 }, { 7 }, { { 1, -1 }, { 2, 5000000000LL } }, rectangle },
    { "wall", { 40, 50 }, { 8 }, { { 3, 4 }, { -5, 6 } }, rectangle },
};
const struct flags settings = { 1, 5, -3, HIGH };
volatile byte raw[3] = { 1, 200, 255 };
int grid[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };

int main(void)
{
    struct shape *wall = &shapes[1];
    pair_t copy = shapes[0].pairs[1];
    enum mask rights = READ | EXECUTE;
    union number one = { .real = 1.0f };
    signed char small = -2;
    _Bool yes = 1;
    /* A name like any other in C. */
    struct {
        int before, this;
    } holder = {6, 77};
    int sum = holder.before - 6;
    for (int i = 0; i < 2; i++)
        sum += shapes[i].area(&shapes[i]);
    printf("%d %d %d %d %d %d\n", sum, copy.first, rights, one.whole, small, yes); /* END */
    return wall->size.width != 40;
}
