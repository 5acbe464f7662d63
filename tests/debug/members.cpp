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
    auto move = [&](int by) {
        point.x += by;
        return point.sum(); // INSIDE
    };
    printf("%d\n", move(3));
    return points[1]->sum() + holder.pointer->x + circle.distance(); // STOP
}
