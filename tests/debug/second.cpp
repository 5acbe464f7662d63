// A second base with virtual methods and a pointer: in objects it is a copy of the class, whose methods must be the object's all the same.
#include <cstdio>

struct First {
    int a = 1;
    virtual int one() { return a; }
    virtual ~First() {}
};

struct Second {
    int b = 2;
    const char *name = "second";
    virtual int two() { return b * 10; }
    virtual ~Second() {}
};

struct Both : First, Second {
    int c = 3;
    int one() override { return a + c; }
    int two() override { return b + c; }
};

int main()
{
    Both both;
    First *first = &both;
    Second *second = &both;
    Second &reference = both;
    std::printf("%d %d %s\n", first->one() + second->two(), reference.two(), second->name); // STOP
    return 0;
}
