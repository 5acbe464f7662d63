// Namespaces, templates, overloads, lambdas, a little of the standard library.
#include <cstdio>
#include <string>
#include <vector>

namespace shop {
namespace inner {
int stock = 12;
}
struct Price {
    int cents;
    Price operator+(const Price &other) const { return Price{cents + other.cents}; } // PLUS
};
int twice(int n) { return n * 2; }         // INT
double twice(double x) { return x * 2; }   // DOUBLE
Price twice(Price price) { return price + price; } // PRICE
} // namespace shop

namespace {
int hidden = 77;
}

template <typename T, int Count> struct Stack {
    T items[Count];
    int used = 0;
    void push(const T &item)
    {
        items[used] = item;
        used++; // PUSH
    }
};

template <typename T> T largest(const T *items, int count)
{
    T best = items[0];
    for (int i = 1; i < count; i++)
        if (items[i] > best)
            best = items[i];
    return best; // LARGEST
}

int main()
{
    using Number = long long;
    Stack<int, 4> stack;
    stack.push(5);
    stack.push(9);
    Stack<shop::Price, 2> prices{};
    prices.push({250});
    std::vector<int> numbers{3, 1, 4};
    std::string text = "some text";
    const int *data = numbers.data();
    const char *letters = text.c_str();
    int base = 100;
    auto add = [base, &stack](int n) {
        int result = base + n + stack.used;
        return result; // LAMBDA
    };
    Number total = add(shop::twice(7));
    total += static_cast<int>(shop::twice(1.25)) + shop::twice(shop::Price{3}).cents;
    double halves[] = {0.5, 2.5, 1.5};
    total += largest(data, 3) + static_cast<int>(largest(halves, 3));
    std::printf("%lld %s %d %d\n", total, letters, shop::inner::stock, hidden); // END
    return 0;
}
