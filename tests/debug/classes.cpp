// Classes: inheritance, virtual functions, references, static members, `this`.
#include <cstdio>

enum class Kind : unsigned char { Plain, Round = 4, Both };

class Base {
public:
    explicit Base(int id) : id(id) { ++made; }
    virtual ~Base() {}
    virtual int weight() const { return id; }
    static int made;

protected:
    int id;
};
int Base::made = 0;

struct Named {
    const char *name = "nobody";
    int age = 1;
    virtual int years() { return age; }
};

class Circle : public Base, public Named {
public:
    Circle(int id, double radius, int &counter) : Base(id), radius(radius), counter(counter) { name = "circle"; }
    int weight() const override
    {
        int twice = id * 2;
        counter++;
        return twice + static_cast<int>(radius); // WEIGHT
    }
    int years() override
    {
        age += 10;
        return age; // YEARS
    }
    void grow(double by) { radius += by; }
    void grow(int times) { radius *= times; } // TIMES

private:
    double radius;
    int &counter;
    Kind kind = Kind::Round;
};

static void swap(int &a, int &b)
{
    int old = a;
    a = b;
    b = old; // SWAP
}

int main()
{
    int one = 1, two = 2;
    int &alias = one;
    const Kind kind = Kind::Both;
    Circle circle(21, 1.5, two);
    Base *base = &circle;
    Named &named = circle;
    int Named::*member = &Named::age;
    swap(alias, two);
    circle.grow(0.5);
    circle.grow(2);
    int sum = base->weight() + named.years();
    std::printf("%d %d %d %d %d\n", sum, one, two, named.*member, Base::made); // END
    return kind == Kind::Plain;
}
