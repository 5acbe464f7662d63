/* Variables that change: watchpoints on all kinds of them, and assignments by the debugger. */
#include <stdio.h>

struct account { int id; double balance; struct { short days, limit; } terms; };

int counter;
static long long total = 1;
static struct account bank[2] = { { 1, 10.5, { 3, 4 } }, { 2, 20.25, { 5, 6 } } };
double rates[3] = { 0.5, 1.5, 2.5 };

static void deposit(struct account *account, double amount)
{
    account->balance += amount;
    account->terms.days--; /* DEPOSIT */
    counter++;
}

static int tick(void)
{
    static int ticks = 7;
    ticks += 2;
    return ticks; /* TICK */
}

int main(void)
{
    int local = 5;
    float ratio = 0.5f;
    char key = 'k';
    unsigned char small = 250;
    struct account own = { 9, 1.5, { 1, 2 } };
    counter = 3; /* START */
    local = local * 2;
    total = total << 40;
    deposit(&bank[1], 0.75);
    deposit(&own, 8.5);
    tick();
    tick();
    for (int i = 0; i < 3; i++)
        local += i * (int)rates[i];
    printf("%d %d %lld %.2f %.2f %.2f %d %d %c %.2f\n", local, counter, total, bank[1].balance, own.balance, /* END */
           ratio, tick(), small, key, rates[1]);
    return 0;
}
