// What lambdas capture by reference, with other sizes than a reference has.
#include <cstdio>

template <class F> int apply(F f, int k) { return f(k); }

struct Meter {
    const char *unit;
    double &total;
    bool &on;
};

struct Small {
    char &first;
    short &second;
};

int main()
{
    int factor = 3;
    long long seen = 1;
    double mean = 2.5;
    char letter = 'q';
    short step = -2;
    Meter meter{"kWh", mean, *new bool(true)};
    Meter *at = &meter;
    Small small{letter, step};
    Small *tiny = &small;
    auto mixed = [factor, &seen](int x) {
        seen += x;
        return factor * x; // MIXED
    };
    auto wide = [&mean](int x) {
        mean += x;
        return x; // WIDE
    };
    auto narrow = [&letter, &step](int x) {
        letter = 'r';
        return x + step; // NARROW
    };
    auto three = [&mean, &letter, &seen](int x) {
        mean -= letter == 'r';
        return x + (int)seen; // THREE
    };
    int sum = apply(mixed, 4);
    sum += apply(wide, 5);
    sum += apply(narrow, 6);
    sum += apply(three, 7);
    std::printf("%d %g %d %d\n", sum, at->total, at->on, tiny->second); // STOP
    return 0;
}
