// Much of a library, for everywhere.rs.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct Shape {
    std::string name;
    virtual ~Shape() = default;
    virtual int area() const = 0;
};

struct Square : Shape {
    int side;
    explicit Square(int side) : side(side) { name = "a square with a name that is on the heap"; }
    int area() const override { return side * side; }
};

using Places = std::map<std::string, std::vector<int>>;

static Places places(const std::vector<std::string> &words) {
    Places found;
    for (size_t i = 0; i < words.size(); i++) {
        found[words[i]].push_back(int(i));
    }
    return found;
}

static std::optional<int> last(const Places &places, const std::string &word) {
    auto found = places.find(word);
    if (found == places.end()) {
        return std::nullopt;
    }
    return found->second.back();
}

int main(int argc, char **argv) {
    std::vector<std::string> words{"one", "two", "one", "three", argv[0]};
    Places found = places(words);
    std::vector<std::unique_ptr<Shape>> shapes;
    for (int i = 0; i < 3; i++) {
        shapes.push_back(std::make_unique<Square>(argc + i));
    }
    std::function<int(int)> more = [argc, &found](int x) { return x + argc + int(found.size()); };
    std::sort(words.begin(), words.end());
    printf("%d %d %d %s\n", shapes[2]->area(), more(3), last(found, "one").value_or(-1), words[1].c_str());
    return 0;
}
