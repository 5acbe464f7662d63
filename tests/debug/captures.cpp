// References in structures to numbers: those that lambdas capture, and members.
#include <cstdio>

struct Node {
    int value;
    Node *next;
};

struct Pair {
    int &first;
    Node &node;
};

struct Wide {
    double &wide;
    bool &yes;
    const long long &big;
    int last;
};

template <class F> int apply(F f, int k) { return f(k); }

int main()
{
    Node node{10, nullptr};
    int limit = 3;
    const char *text = "hey";
    double wide = 2.5;
    bool yes = true;
    long long big = 5000000000;
    Pair pair{limit, node};
    Wide wides[2] = {{wide, yes, big, 7}, {wide, yes, big, 8}};
    Wide *all = wides;
    int got = apply(
        [&](int x) {
            int sum = x + limit + node.value;
            return sum + text[0]; // INSIDE
        },
        4);
    std::printf("%d %d %g %d\n", got, pair.first, all[1].wide, all[1].last); // STOP
    return 0;
}
