# For gdb: stops in functions of a program wherever they come from, its libraries too, and shows frames and variables. Driven by
# everywhere.rs, which says what the output must not have.
#
# $EVERYWHERE_STOPS: how many stops at most.
import os
import random
import re

import gdb

for setting in ["pagination off", "width 0", "confirm off", "breakpoint pending off", "print elements 20", "print max-depth 5"]:
    gdb.execute("set " + setting)
# Internal errors are to be seen in the output, and end gdb.
gdb.execute("maint set internal-error quit yes")
gdb.execute("maint set internal-error corefile no")


def do(command):
    print(">>> " + command, flush=True)
    try:
        gdb.execute(command)
    except gdb.error as error:
        print(error, flush=True)


def functions():
    """File and line of each function that has them."""
    found, file = [], None
    for line in gdb.execute("info functions -n .", to_string=True).splitlines():
        if line.startswith("File "):
            file = line[len("File "):-1]
        number = re.match(r"(\d+):", line)
        if number and file:
            found.append((file, number[1]))
    return found


places = functions()
random.seed(1)
random.shuffle(places)
for place in places[:1000]:
    try:
        gdb.execute("tbreak %s:%s" % place, to_string=True)
    except gdb.error:
        pass
do("run < /dev/null > /dev/null")
stops = 0
while stops < int(os.environ["EVERYWHERE_STOPS"]) and gdb.selected_inferior().pid != 0:
    stops += 1
    for command in ["bt full 6", "info args", "next", "next", "next", "info locals", "continue"]:
        do(command)
print("%d stops" % stops)
