# optimised
break moved.c:{HOT} ; run  =>  at moved\.c:{HOT}
print acc->n  =>  = 0$
print v  =>  = 3$
continue  =>  at moved\.c:{HOT}
print acc->n  =>  = 3$
tbreak table ; continue  =>  table \(
print k  =>  = 9$
# Moves for the way around stand before it.
break moved.c:{BEHIND} ; break moved.c:{NEVER} ; break moved.c:{DONE} ; continue  =>  at moved\.c:{BEHIND}
continue  =>  at moved\.c:{DONE}
tbreak moved.c:{END} ; continue  =>  at moved\.c:{END}
