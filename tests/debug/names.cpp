// Names of functions, as breakpoints give them: all of a template, methods, those of a namespace, without parameters.
#include <cstdio>

static unsigned seed, uses;

unsigned next()
{
    seed = seed * 1103515245u + 12345u; // NEXT
    uses += 1;
    return seed;
}

namespace geo {
template <class T> T sum(const T *items, int count)
{
    T result = 0; // SUM
    for (int i = 0; i < count; i++)
        result += items[i];
    return result;
}
} // namespace geo

template <class F> void each(int count, F call)
{
    for (int i = 0; i < count; i++) // EACH
        call(i);
}

struct Counter {
    int value;
    template <class T> T add(T more)
    {
        return value + more; // ADD
    }
};

static int helper(int x)
{
    return x + 1; // HELPER
}

int main()
{
    int whole[] = {1, 2, 3};
    double halves[] = {1.5, 2.5};
    Counter counter{3};
    int total = geo::sum(whole, 3) + static_cast<int>(geo::sum(halves, 2));
    each(3, [&](int i) { total += i; });
    total += counter.add(4) + static_cast<int>(counter.add(1.0));
    std::printf("%d %u %u\n", helper(total), next(), uses); // END
    return 0;
}
