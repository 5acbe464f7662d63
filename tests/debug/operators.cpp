// Operators that take or return structures by value: what stands in them is seen by its name.
struct Pair {
    int x, y;

    Pair operator+(const Pair &other) const
    {
        Pair sum = {x + other.x, y + other.y};
        return sum; // ADD
    }
    bool operator==(Pair other) const
    {
        bool same = x == other.x && y == other.y;
        return same; // EQUAL
    }
    Pair &operator+=(Pair other)
    {
        x += other.x;
        y += other.y;
        return *this; // GROW
    }
    int operator[](int index) const { return index ? y : x; }
    int operator*(double factor) const { return int(x * factor); }
};

int main()
{
    Pair a = {1, 2}, b = {3, 4};
    Pair c = a + b;
    int equal = c == b;
    c += a;
    equal += c[1];
    return equal + c * 2.0 > 100; // MAIN
}
