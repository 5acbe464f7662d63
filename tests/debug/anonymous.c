/* Unions and structures without a name, with pointers, behind other members. */
#include <stdio.h>

struct node {
    int tag;
    union { double number; struct node *argument; char *text; };
    int more;
    struct { int x; struct node *deep; union { int q; const char *word; }; };
};
struct first { union { struct node *node; char *name; }; int after; };

static struct node one = { 1, { 2.5 }, 3, { 4, NULL, { .q = 9 } } };
static struct node two = { 2, { .argument = &one }, 5, { 6, &one, { .word = "word" } } };
static struct node three = { 3, { .text = "text" }, 7, { 8, &two, { 1 } } };
static struct node *all[3] = { &one, &two, &three };
static struct first begins = { { .name = "begins" }, 12 };
static struct node many[2];

int main(void)
{
    struct node *node = &two;
    struct node copy = two;
    struct first *start = &begins;
    many[1] = three;
    printf("%d %d\n", node->tag + copy.more + start->after, all[1]->tag + many[1].tag); /* STOP */
    return 0;
}
