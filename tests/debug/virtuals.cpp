// Virtual methods, called from debuggers: pure ones, overloaded, of a second base, through pointers, references and objects.
#include <cstdio>

namespace plane {
class Shape {
public:
    explicit Shape(int tag) : tag(tag) {}
    virtual ~Shape() {}
    virtual double area() const = 0;
    virtual const char *name() { return "shape"; }
    virtual int scale(int by)
    {
        tag *= by;
        return tag; // SCALE
    }
    virtual int scale(double by, int plus) { return static_cast<int>(tag * by) + plus; }
    virtual Shape *self() { return this; }
    int plain(int more) { return tag + more; }
    int tag;

private:
    virtual int hidden() { return 99; }
};
} // namespace plane

struct Pair {
    int first, second;
};

struct Other {
    int extra = 7;
    virtual long long more(int a, float b) { return extra + a + static_cast<int>(b); }
    virtual Other &other() { return *this; }
    virtual int operator()(int x) { return x; }
    virtual Pair pair() { return {extra, 8}; }
};

template <typename T> struct Circle : plane::Shape, Other {
    T radius;
    explicit Circle(T radius) : Shape(3), radius(radius) {}
    double area() const override
    {
        return 3 * radius * radius; // AREA
    }
    const char *name() override { return "circle"; }
    long long more(int a, float b) override
    {
        long long big = 10000000000;
        return big + extra * 100 + a + static_cast<int>(b); // MORE
    }
    Circle *self() override { return this; }
    Circle &other() override { return *this; }
    int operator()(int x) override { return x * 2; }
};

struct Square : plane::Shape {
    double side;
    explicit Square(double side) : Shape(4), side(side) {}
    double area() const override { return side * side; }
};

int main()
{
    Circle<double> circle(2);
    Square square(3);
    plane::Shape *shape = &circle;
    plane::Shape &reference = square;
    Other *other = &circle;
    plane::Shape *shapes[] = {&circle, &square};
    double sum = 0;
    for (plane::Shape *each : shapes)
        sum += each->area();
    std::printf("%g %lld %s\n", sum, other->more(1, 2), shape->name()); // START
    std::printf("%d %d\n", shape->scale(2), shape->plain(1)); // LAST
    return 0;
}
