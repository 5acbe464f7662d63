# For gdb: steps through the functions of a program that have debug information, instruction by instruction, and writes
# what each local has. Driven by locals.rs, which says what the lines of the output mean.
#
# $LOCALS_OUTPUT: the file to write. $LOCALS_STEPS: how many steps at most. $LOCALS_FUNCTIONS: names, with spaces.
import os

import gdb

output = open(os.environ["LOCALS_OUTPUT"], "w")
symbols = {}


def variables(frame, function):
    """The names and symbols of a function's locals."""
    if function.name not in symbols:
        block = frame.block()
        while block.function is None:
            block = block.superblock
        symbols[function.name] = [(symbol.name, symbol) for symbol in block]
    return symbols[function.name]


def values(frame, function):
    found = []
    for name, symbol in variables(frame, function):
        try:
            value = symbol.value(frame)
            if not value.is_optimized_out:
                found.append("%s=%d" % (name, int(value)))
        except gdb.error as error:
            found.append("%s=%s" % (name, str(error).replace(" ", "_")))
    return " ".join(found)


def write(kind, call, frame, function):
    sal = frame.find_sal()
    offset = frame.pc() - int(function.value().address)
    start = "*" if frame.pc() == sal.pc else ""
    output.write("%s %s %d %d +%d%s %s\n" % (kind, function.name, call, sal.line, offset, start, values(frame, function)))


def run(steps):
    names = os.environ["LOCALS_FUNCTIONS"].split()
    for name in names:
        gdb.execute("break *&%s" % name, to_string=True)
    gdb.execute("run", to_string=True)
    # Where the program was loaded.
    starts = {int(gdb.parse_and_eval("(unsigned long) &%s" % name)) for name in names}
    # Calls under way: number, and the stack pointer at the start.
    calls = []
    count = 0
    for _ in range(steps):
        try:
            frame = gdb.newest_frame()
        except gdb.error:
            return "end"
        pc = frame.pc()
        stack = int(frame.read_register("rsp"))
        function = frame.function()
        if function is None or function.symtab is None:
            gdb.execute("finish", to_string=True)
            continue
        while calls and stack > calls[-1][1]:
            calls.pop()
        if pc in starts:
            count += 1
            calls.append((count, stack))
            older = frame.older()
            if len(calls) > 1 and older is not None and older.function() is not None:
                write("caller", calls[-2][0], older, older.function())
        write("here", calls[-1][0], frame, function)
        gdb.execute("stepi", to_string=True)
    return "steps"


gdb.execute("set pagination off")
gdb.execute("set confirm off")
try:
    output.write("%s\n" % run(int(os.environ["LOCALS_STEPS"])))
except Exception as error:
    output.write("error %s %s\n" % (type(error).__name__, error))
output.close()
gdb.execute("kill", to_string=True)
