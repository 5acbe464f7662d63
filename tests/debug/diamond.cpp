// Virtual bases: debuggers find them by native tables, and so not here; all else in such classes they must find.
#include <stdio.h>

struct Root {
    int root = 1;
    virtual ~Root() {}
};

struct Left : virtual Root {
    int left = 20;
    double weight = 2.5;
    int sum() { return left + root; }
};

struct Right : virtual Root {
    int right = 300;
};

struct Bottom : Left, Right {
    int bottom = 4000;
    const char *label = "bottom";
    int all()
    {
        return bottom + left + right + root; /* ALL */
    }
};

struct Plain {
    int number = 7;
};

struct Lone : virtual Plain {
    int own = 9;
    int both() { return own + number; }
};

int main()
{
    Left left;
    Bottom bottom;
    Bottom *pointer = &bottom;
    Lone lone;
    printf("%d %d %d %d\n", left.sum(), bottom.all(), pointer->right, lone.both()); /* PRINT */
    return 0;
}
