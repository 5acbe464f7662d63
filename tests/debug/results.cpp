// What functions return: structures that are but an array, classes whose copies are made by a function.
#include <cstdio>

struct Few {
    int items[3];
};
struct Many {
    double items[4];
};
struct One {
    int items[1];
};
struct Grid {
    short items[2][3];
};
struct Names {
    const char *items[2];
};
struct Ended {
    int x;
    ~Ended() {}
};
struct Copied {
    int a, b;
    Copied(int a, int b) : a(a), b(b) {}
    Copied(const Copied &other) : a(other.a), b(other.b) {}
};
struct Longer : Ended {
    double y, z;
};
struct Pointing {
    int x;
    int *to;
    ~Pointing() {}
};

struct Nothing {};

struct Counted {
    int count;
    bool on;
};

struct Based : Counted, Nothing {};

struct Tag : Nothing {
    int tag;
};

int target = 42;

Few few(int n) { return Few{{n, n + 1, n + 2}}; }
Many many(int n) { return Many{{n + 0.5, 1, 2, 3}}; }
One one(int n) { return One{{n}}; }
Grid grid(short n) { return Grid{{{n, 2, 3}, {4, 5, 6}}}; }
Names names() { return Names{{"one", "two"}}; }
Ended ended(int n) { return Ended{n}; }
Copied copied(int n) { return Copied(n, n + 1); }
Longer longer(int n) { return Longer{{n}, 1.5, 2.5}; }
Pointing pointing(int n) { return Pointing{n, &target}; }

Based based(int n)
{
    Based based;
    based.count = n;
    based.on = true;
    return based;
}

Tag tagged(int n)
{
    Tag tag;
    tag.tag = n;
    return tag;
}

int take(Few few, One one) { return few.items[0] + one.items[0]; }

int main()
{
    Few a = few(1);
    Many b = many(2);
    One c = one(3);
    Grid d = grid(4);
    Names e = names();
    Ended f = ended(7);
    Copied g = copied(8);
    Longer h = longer(9);
    Pointing i = pointing(10);
    Based j = based(11);
    std::printf("%d %g %d %d %s %d %d %g %d\n", a.items[0], b.items[0], c.items[0], d.items[0][0], e.items[1], f.x, g.b,
                h.y, *i.to + j.count + tagged(-11).tag);
    return take(a, c) - 4;
}
