/* Pointers: chains, arrays behind them, strings, memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node { int value; struct node *left, *right; };
typedef int (*binary)(int, int);

static const char *const words[] = { "zero", "one", "two", NULL };
static char buffer[32];
static struct node *root;

static int add(int a, int b) { return a + b; }
static int multiply(int a, int b) { return a * b; }
static const binary operations[] = { add, multiply };

static void insert(struct node **place, int value)
{
    if (*place) {
        insert(value < (*place)->value ? &(*place)->left : &(*place)->right, value);
        return;
    }
    struct node *fresh = calloc(1, sizeof *fresh);
    fresh->value = value;
    *place = fresh; /* INSERT */
}

static int apply(binary operation, int *numbers, int count)
{
    int result = numbers[0];
    for (int i = 1; i < count; i++)
        result = operation(result, numbers[i]);
    return result; /* APPLY */
}

int main(void)
{
    int numbers[4] = { 2, 3, 5, 7 };
    int *second = &numbers[1], **indirect = &second;
    int *heap = malloc(3 * sizeof *heap);
    const int *row[2] = { numbers, heap };
    void *untyped = numbers;
    char *nothing = NULL;
    for (int i = 0; i < 3; i++)
        heap[i] = 100 * (i + 1);
    strcpy(buffer, "line\tend");
    insert(&root, 50);
    insert(&root, 30);
    insert(&root, 70);
    int product = apply(operations[1], numbers, 4);
    printf("%d %d %d %s %s %d\n", product, **indirect, *row[1], words[2], buffer, root->left->value); /* END */
    return nothing != NULL || untyped != numbers;
}
