// References and pointers to objects in structures and arrays.
#include <cstdio>

namespace plane {
struct Point {
    int x, y;
    int sum() const { return x + y; }
};
struct Circle {
    const char *name = "circle";
    Point *center;
    explicit Circle(Point *center) : center(center) {}
    int distance() const { return center->sum(); }
};
}

struct Base {
    int number = 1;
    virtual int twice() const { return 2 * number; }
};
struct Derived : Base {
    const char *label = "derived";
};

struct Holder {
    plane::Point &point;
    plane::Point *pointer;
    const char *&text;
    plane::Circle *circles[2];
    Holder(plane::Point &point, const char *&text, plane::Circle *circle)
        : point(point), pointer(&point), text(text), circles{ circle, nullptr } {}
};

int main() {
    plane::Point point{ 1, 2 };
    plane::Circle circle(&point);
    const char *text = "text";
    Holder holder(point, text, &circle);
    plane::Point *points[2] = { nullptr, &point };
    plane::Circle circles[2] = { plane::Circle(&point), plane::Circle(&point) };
    Derived derived;
    Base *bases[2] = { &derived, nullptr };
    auto move = [&](int by) {
        point.x += by;
        return point.sum(); // INSIDE
    };
    printf("%d\n", move(3));
    return points[1]->sum() + holder.pointer->x + circle.distance() + circles[1].distance() + bases[0]->twice(); // STOP
}
