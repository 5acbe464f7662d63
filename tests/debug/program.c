#include <stdio.h>
#include <string.h>

struct point { int x; int y; double w; };
struct node { int value; struct node *next; };
enum color { RED, GREEN = 5, BLUE };

int g_counter = 3;
static const char *g_name = "wasm-debug";
struct point g_origin = { 1, 2, 0.5 };

static int sum_array(const int *a, int n)
{
    int total = 0;
    for (int i = 0; i < n; i++) {
        total += a[i];            /* SUM */
        g_counter++;
    }
    return total;
}

static double length2(struct point p)
{
    double r = p.x * (double)p.x + p.y * (double)p.y;   /* LEN */
    return r * p.w;
}

static int fact(int n)
{
    if (n <= 1)
        return 1;                 /* FACT */
    return n * fact(n - 1);
}

int main(int argc, char **argv)
{
    int nums[5] = { 10, 20, 30, 40, 50 };
    struct point p = { 3, 4, 2.0 };
    struct node c = { 3, NULL }, b = { 2, &c }, a = { 1, &b };
    struct node *list = &a;
    enum color col = GREEN;
    char text[16] = "hello";
    unsigned long long big = 0x123456789abcdefULL;
    float f = 1.25f;
    int total = sum_array(nums, 5);                     /* CALL */
    double len = length2(p);
    int f5 = fact(5);
    printf("%d %.1f %d %s %d %llx %.2f %d %s\n", total, len, f5, text, (int)col, big, f, list->next->value, g_name);  /* PRINT */
    return 0;
}
