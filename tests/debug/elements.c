/* Arrays of pointers and structures, null pointers in them, and steps from one structure to the next. */
#include <stdio.h>

struct node { int value; const char *name; struct node *next; };
struct padded { const char *name; char letter; };
struct wide { long long number; const char *name; };
union either { int number; struct node *node; };
struct mixed { union either either; struct wide *wide; struct mixed *others[2]; short small; };
struct choice { short id; union { char bytes[5]; struct padded *letter; } either; char flag; };
struct outer { char letter; struct padded inner; };
struct owned { char *text; unsigned char *bytes; };

static const char *words[] = { "one", "two", NULL };
static struct node pool[3], *table[4], *head;
static struct padded padded[3] = { { "x", '1' }, { "y", '2' }, { "z", '3' } };
static struct wide wide[2] = { { 1, "first" }, { 2, "second" } };
static struct mixed mixed[2];
static struct outer outer[2] = { { 'k', { "in", 'l' } }, { 'm', { "out", 'n' } } };
static struct node **places[2];
static char letters_of_it[] = "own text";
static struct owned owned = { letters_of_it, (unsigned char *)letters_of_it };
static struct choice choices[2] = { { 1, { .letter = &padded[1] }, 'f' }, { 2, { .letter = &padded[2] }, 'g' } };

static int use(struct node *nodes, struct padded *letters, struct wide *numbers, struct mixed *all, struct outer *around)
{
    struct node *local[2] = { NULL, nodes };
    const struct node *fixed[1] = { nodes + 1 };
    struct choice *choice = choices;
    struct owned *mine = &owned;
    return nodes[1].value + letters[1].letter + (int)numbers[1].number + all[1].small + around[1].letter
        + local[1]->value + fixed[0]->value + choice->flag + mine->text[0]; /* STOP */
}

int main(void)
{
    for (int i = 0; i < 3; i++) {
        pool[i].value = i + 1;
        pool[i].name = words[i];
        pool[i].next = head;
        head = &pool[i];
    }
    table[1] = &pool[1];
    table[3] = &pool[2];
    places[0] = &table[1];
    mixed[0].either.node = pool;
    mixed[0].wide = wide;
    mixed[0].small = 4;
    mixed[1].others[1] = mixed;
    mixed[1].small = 5;
    printf("%d\n", use(pool, padded, wide, mixed, outer));
    return 0;
}
