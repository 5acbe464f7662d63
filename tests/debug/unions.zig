const std = @import("std");

const Square = struct { side: i32, name: []const u8 };
const Shape = union(enum) { circle: f32, square: Square, nothing };
const Node = struct { value: i32, next: ?*const Node };
const Color = enum(u8) { red, green, blue };
const Operation = *const fn (i32) i32;

var counter: i32 = 0;
var text: [*:0]const u8 = "sentinel";

fn sum(list: ?*const Node) i32 {
    var total: i32 = 0;
    var at = list;
    while (at) |node| {
        total += node.value; // SUM
        at = node.next;
    }
    counter += 1;
    return total;
}

fn parse(digits: []const u8) !i32 {
    if (digits.len == 0) return error.Empty;
    return std.fmt.parseInt(i32, digits, 10);
}

fn area(shape: *const Shape, color: Color) f32 {
    const size = switch (shape.*) {
        .circle => |radius| radius * radius * 3.0,
        .square => |square| @as(f32, @floatFromInt(square.side * square.side)),
        .nothing => 0,
    };
    return size + @as(f32, @floatFromInt(@intFromEnum(color))); // AREA
}

fn next(number: i32) i32 {
    return number + 1; // NEXT
}

fn apply(operation: Operation, number: i32) i32 {
    return operation(number); // APPLY
}

pub fn main() void {
    var third = Node{ .value = 3, .next = null };
    var second = Node{ .value = 2, .next = &third };
    var first = Node{ .value = 1, .next = &second };
    var numbers = [_]i32{ 4, 5, 6 };
    var slice: []i32 = &numbers;
    var shape = Shape{ .square = .{ .side = 3, .name = "sq" } };
    var maybe: ?i32 = 7;
    var operation: Operation = next;
    _ = .{ &first, &second, &third, &slice, &shape, &maybe, &operation };
    const total = sum(&first);
    const parsed = parse("42") catch 0;
    const bad = parse("");
    const size = area(&shape, .blue);
    const number = apply(operation, slice[1]);
    numbers[0] = number;
    std.debug.print("{} {} {} {} {s}\n", .{ total, parsed, size, number, text }); // STOP
    _ = bad catch {};
}
