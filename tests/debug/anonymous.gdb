# flags: -O0 --dwarf=4
break anonymous.c:{STOP} ; run  =>  main \(\) at anonymous\.c:{STOP}
print node->argument  =>  \(struct node \*\) 0x
whatis two.argument  =>  = struct node ?\*
print node->argument->tag  =>  = 1$
print *node->argument  =>  tag = 1, \{number = 2\.5,.*more = 3, \{x = 4,
print node->deep->number  =>  = 2\.5$
print *node->deep  =>  tag = 1, \{number = 2\.5,
print node->word  =>  "word"$
print node->x  =>  = 6$
print three.text  =>  "text"$
print three.deep->argument->number  =>  = 2\.5$
print three.deep->deep->more  =>  = 3$
print *node  =>  tag = 2, \{.*more = 5, \{x = 6, deep = 0x
print copy.argument->number  =>  = 2\.5$
print all[2]->text  =>  "text"$
print all[2]->deep->tag  =>  = 2$
print many[1].text  =>  "text"$
print many[1].deep->tag  =>  = 2$
print many[1].more  =>  = 7$
print node->argument == 0  =>  = 0$
print one.deep == 0  =>  = 1$
print start->name  =>  "begins"$
print *start  =>  name = 0x[0-9a-f]+ "begins"\}, after = 12\}$
set var node->more = 11 ; print two.more  =>  = 11$
