/* Globals while there is no process: what the file has at an address of memory 0 is something else. */
#include <stdio.h>

struct pair {
    int first;
    const char *second;
};

int limits[] = {5, 10, 15};
struct pair named = {3, "three"};
const char *text = "some text";
int *last = &limits[2];
static unsigned count;

int main(void)
{
    count += limits[1] + *last; /* START */
    printf("%u %s %s\n", count, named.second, text);
    return 0;
}
