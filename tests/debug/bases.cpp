// Classes with pointers in their bases.
#include <cstdio>

struct Base {
    const char *name;
    int id;
    static int made;
    Base(const char *name, int id) : name(name), id(id) { made++; }
    virtual ~Base() {}
    virtual int kind() { return 1; }
};
int Base::made = 0;

struct Middle : Base {
    int *link;
    Middle(const char *name, int *link) : Base(name, 2), link(link) {}
};

struct Leaf : Middle {
    const char *tag;
    Leaf(const char *tag, int *link) : Middle("leaf", link), tag(tag) {}
    int kind() override
    {
        int here = id;
        return here; // HERE
    }
};

struct Note {
    const char *note = "note";
    int pages = 9;
};

struct Two : Base, Note {
    int last = 4;
    Two() : Base("two", 3) {}
};

struct Holder {
    int first = 1;
    Leaf leaf;
    Two two;
    const char *end = "end";
    Holder(int *link) : leaf("held", link) {}
};

int main()
{
    int number = 42;
    Leaf leaf("tag", &number);
    Two two;
    Holder holder(&number);
    Leaf *pointer = &leaf;
    Base *base = pointer;
    Base &reference = two;
    int kinds = base->kind() + reference.kind(); // START
    printf("%d %s %d %s\n", kinds, holder.end, Base::made, two.note);
    return 0;
}
