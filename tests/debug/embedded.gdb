# flags: -O0 --dwarf=4
# flags: -O0 --emit=archive
# flags: -O0 --emit=shared
set breakpoint pending on ; break embedded.c:{SETUP} ; run  =>  setup \(wasm_instance=0x[0-9a-f]+, seed=1000\) at embedded\.c:{SETUP}
print calls  =>  = 1$
print counter  =>  = 1007$
print *table[0]  =>  value = 1000, name = 0x[0-9a-f]+ "end", next = 0x
bt  =>  (?s)#0  setup \(.*seed=1000\).*#1  .*main \(\) at .*embedded\.host\.c
continue  =>  setup \(wasm_instance=0x[0-9a-f]+, seed=2000\)
print counter  =>  = 2007$
print nodes[0].next->value  =>  = 2001$
delete ; break embedded.c:{FIND} ; continue  =>  run \(wasm_instance=0x[0-9a-f]+, n=10\)
info args  =>  (?s)wasm_instance = 0x.*n = 10$
info locals  =>  (?s)numbers = \{10, 21, 12, 13\}.*local = \{value = 10, name = 0x[0-9a-f]+ "local", next = 0x[0-9a-f]+\}.*second = 0x.*result = 3013$
print *second  =>  = 21$
print *local.next  =>  value = 1000, name = 0x[0-9a-f]+ "end", next = 0x
print local.next->next->name  =>  "middle"$
print local.next == nodes  =>  = 1$
print &local.next->next->value == &nodes[1].value  =>  = 1$
print numbers  =>  = \{10, 21, 12, 13\}$
print counter  =>  = 1007$
print total_runs  =>  = 110$
print greeting  =>  0x[0-9a-f]+ "hello"$
x/s greeting  =>  "hello"$
print table[1]->value  =>  = 1002$
print *&counter  =>  = 1007$
set var $kept = local ; set var $list = local.next ; print $list->value  =>  = 1000$
set var counter = 55 ; print counter  =>  = 55$
set var numbers[2] = 77 ; print numbers  =>  = \{10, 21, 77, 13\}$
set var nodes[1].value = 66 ; print local.next->next->value  =>  = 66$
# A debugger passes the instance, as C does.
print sum(wasm_instance, &local)  =>  = 2078$
print find(wasm_instance, 2)->value  =>  = 1002$
print sum(&local)  =>  Too few arguments
up  =>  main \(\) at .*embedded\.host\.c:{CALL}
info locals  =>  (?s)i = 0.*answers = \{0, 0\}
print hosts[1].id  =>  = 2$
print counter  =>  optimized out
print table  =>  optimized out
print $list->value  =>  = 1000$
print $list->next->value  =>  = 66$
print $kept.next->next->value  =>  = 66$
down ; print counter  =>  = 55$
break find ; continue  =>  find \(wasm_instance=0x[0-9a-f]+, index=1\)
print counter  =>  = 55$
finish  =>  Value returned is \$\d+ = \(struct node \*\) 0x
print *$  =>  value = 66, name = 0x[0-9a-f]+ "middle", next = 0x
break multiply ; break nothing ; break embedded.host.c:{HOST} ; continue  =>  tick \(context=.*, n=10\) at .*embedded\.host\.c:{HOST}
info locals  =>  (?s)host = 0x.*seen = 55$
print host->id  =>  = 1$
print counter  =>  optimized out
bt  =>  (?s)#0  tick \(.*n=10\).*#1  .*run \(.*n=10\) at embedded\.c:{TICK}.*#2  .*main \(\)
up ; print local.value  =>  = 10$
print counter  =>  = 55$
continue  =>  multiply \(wasm_instance=0x[0-9a-f]+, a=10, b=2\)
print counter  =>  = 55$
print table[0]->value  =>  = 1000$
up ; print *second  =>  = 21$
# Without a frame in the module's stack.
continue  =>  nothing \(\w+=0x[0-9a-f]+\)
print counter  =>  = 55$
print total_runs  =>  = 110$
# The other instance.
continue  =>  run \(wasm_instance=0x[0-9a-f]+, n=20\)
print counter  =>  = 2007$
print nodes[1].value  =>  = 2001$
print table[0]->next->value  =>  = 2001$
print total_runs  =>  = 120$
print local.next->next->value  =>  = 2001$
print $list->next->value  =>  = 66$
print $kept.next->next->value  =>  = 66$
# Before the frame is there, nothing that needs it has a value.
delete ; break *count ; continue ; print counter  =>  optimized out|rame
delete ; break embedded.host.c:{DONE} ; continue  =>  main \(\) at .*embedded\.host\.c:{DONE}
print answers[1]  =>  = 10129$
continue  =>  answers 3191 10129
