// References in structures to arrays and enumerations; pointers to methods.
#include <cstdio>

enum Color { RED, GREEN, BLUE };
enum class Size { SMALL, LARGE = 5 };

struct Point {
    int x, y;
};

struct Holder {
    int (&numbers)[3];
    Color &color;
    const Size &size;
};

struct Cell {
    int id;
    Cell (&others)[2];
};

extern Cell cells[2];

struct Meter {
    int value;
    int read() const { return value; }
};

__attribute__((noinline)) int call(const Meter &meter, int (Meter::*method)() const)
{
    return (meter.*method)(); // CALL
}

template <class F> int apply(F f, int k) { return f(k); }

int main()
{
    int numbers[3] = {1, 2, 3};
    int grid[2][3] = {{1, 2, 3}, {4, 5, 6}};
    Point points[2] = {{1, 2}, {3, 4}};
    char text[6] = "hello";
    Color color = GREEN;
    Size size = Size::LARGE;
    Holder holder{numbers, color, size};
    Meter meter{7};
    int got = apply(
        [&](int k) {
            int sum = numbers[2] + grid[1][1] + points[1].y + k;
            return sum + text[0] + (color == GREEN) + (size == Size::LARGE); // INSIDE
        },
        10);
    std::printf("%d %d %d\n", got, holder.numbers[1], call(meter, &Meter::read)); // STOP
    return cells[1].others[0].id - 1;
}

Cell cells[2] = {{1, cells}, {2, cells}};
