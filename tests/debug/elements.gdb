# flags: -O0 --dwarf=4
# flags: -O0 --memory-base=register
break elements.c:{STOP} ; run  =>  use
print table  =>  = \{0x0, 0x[0-9a-f]+( <pool.24>)?, 0x0, 0x[0-9a-f]+( <pool.48>)?\}
print table[0]  =>  = \(struct node \*\) 0x0$
print table[1]  =>  = \(struct node \*\) 0x[0-9a-f]+
print table[0] == 0  =>  = 1$
print table[1] != 0  =>  = 1$
print *table[1]  =>  = \{value = 2, name = 0x[0-9a-f]+ "two", next = 0x[0-9a-f]+
print table[1]->name  =>  "two"$
print table[3]->next->name  =>  "two"$
print *table[3]->next->next  =>  = \{value = 1, name = 0x[0-9a-f]+ "one", next = 0x0\}
print **places[0]  =>  = \{value = 2, name = 0x[0-9a-f]+ "two"
print places[1]  =>  = \(struct node \*\*\) 0x0$
print *local[1]  =>  = \{value = 1, name = 0x[0-9a-f]+ "one", next = 0x0\}
print fixed[0]->value  =>  = 2$
info locals  =>  (?s)local = \{0x0, 0x[0-9a-f]+.*\}.*fixed = \{0x[0-9a-f]+
whatis table  =>  type = struct node \* ?\[4\]
whatis table[1]  =>  type = struct node \*
# gdb computes a type from no object, then.
!native whatis *table[1]  =>  type = struct node$
set var table[1]->value = 20 ; print pool[1].value  =>  = 20$
set var table[1]->value = 2 ; print *table[1]  =>  value = 2,
print table[1] = 0 ; print table[1]  =>  \(struct node \*\) 0x0$
# In wasm a pointer has 4 bytes, and a structure of three words 12.
!wasm print sizeof(*nodes)  =>  = 12$
!wasm print sizeof(*letters)  =>  = 8$
!wasm print sizeof(*numbers)  =>  = 16$
!wasm print sizeof(*all)  =>  = 20$
print nodes[1]  =>  = \{value = 2, name = 0x[0-9a-f]+ "two"
print *(nodes + 2)  =>  = \{value = 3, name = 0x0, next = 0x[0-9a-f]+
print (nodes + 1)->name  =>  "two"$
print letters[1]  =>  = \{name = 0x[0-9a-f]+ "y", letter = 50 '2'\}
print *(letters + 2)  =>  = \{name = 0x[0-9a-f]+ "z", letter = 51 '3'\}
print letters[2].name  =>  "z"$
print numbers[1]  =>  = \{number = 2, name = 0x[0-9a-f]+ "second"\}
print all[1].small  =>  = 5$
print all[1].others  =>  = \{0x0, 0x[0-9a-f]+
print all[1].others[1]->wide[1].name  =>  "second"$
print all->either.node->name  =>  "one"$
print around[1]  =>  = \{letter = 109 'm', inner = \{name = 0x[0-9a-f]+ "out", letter = 110 'n'\}\}
print around->inner.name  =>  "in"$
print nodes[1].next->value  =>  = 1$
print *choice->either.letter  =>  = \{name = 0x[0-9a-f]+ "y", letter = 50 '2'\}
print choice[1].either.letter->name  =>  "z"$
print choice->flag  =>  'f'$
print *(struct node *) nodes[1].next  =>  value = 1, name = 0x[0-9a-f]+ "one"
