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

class Ledger {
  public:
    Ledger(const char *owner, Small &small) : owner_(owner), small_(small), last_(&small), check_(positive) {}
    int post(int amount)
    {
        int kept = check_(amount) ? amount : 0;
        auto both = [this, &kept](int more) {
            return kept + more; // BOTH
        };
        return both(1); // POST
    }

  private:
    static bool positive(int amount) { return amount > 0; }
    const char *owner_;
    Small &small_;
    Small *last_;
    bool (*check_)(int);
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
    Small other[2] = {{letter, step}, {letter, step}};
    Small *walk = other;
    const char *words[] = {"one", "two"};
    auto all = [&](int x) {
        walk += x;
        return words[x][0] + small.second + walk->first; // ALL
    };
    sum += apply(all, 1);
    Ledger ledger("ada", small);
    sum += ledger.post(2);
    std::printf("%d %g %d %d\n", sum, at->total, at->on, tiny->second); // STOP
    return 0;
}
