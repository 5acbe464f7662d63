# An hour with a program: breakpoints, values, steps, a watchpoint, a recursion.
# flags: -O0 --memory-base=register
# flags: -O0 --dwarf=4
# flags: -O0 --debug-file program.debug
break program.c:{CALL} ; run  =>  program\.c:{CALL}
bt 2  =>  #0 .*main.*program\.c:{CALL}
print nums  =>  \{10, 20, 30, 40, 50\}
print p  =>  x = 3, y = 4, w = 2\b
print p.y  =>  = 4$
print col  =>  GREEN
print text  =>  "hello
print big  =>  81985529216486895
print f  =>  = 1\.25$
print *list  =>  value = 1\b
print list->next->value  =>  = 2$
print g_counter  =>  = 3$
print g_origin  =>  x = 1, y = 2, w = 0\.5\b
print g_name  =>  wasm-debug
info locals  =>  total = 
step  =>  sum_array .*n=5
bt 2  =>  #1 .*program\.c:{CALL}
up ; print p ; down  =>  x = 3\b
next ; next ; next ; print total  =>  = 10$
print a[2]  =>  = 30$
break program.c:{SUM} if i==3 ; continue ; print total  =>  = 60$
set var total=1000 ; print total  =>  = 1000$
delete ; watch total ; continue  =>  New value = 1040$
delete ; finish  =>  Value returned.* 1090
break program.c:{FACT} ; continue ; bt 7  =>  #4 .*fact \(n=5\)
list {FACT},{FACT}  =>  return 1;
delete ; break program.c:{PRINT} ; continue ; print len  =>  = 50$
delete ; continue  =>  1090 50\.0 120 hello 5
