# flags: -O0 --dwarf=4
break functions.c:{START} ; run  =>  main \(\) at functions\.c:{START}
print f  =>  \(binary\) 0x[0-9a-f]+ <add>
print *f  =>  \{int \(int, int\)\} 0x[0-9a-f]+ <add>
print nothing  =>  \(binary\) 0x0
print f == add  =>  = 1$
print f == multiply  =>  = 0$
print nothing == 0  =>  = 1$
print !f  =>  = 0$
whatis f  =>  type = binary
ptype f  =>  type = int \(\*\)\(int, int\)
print sizeof(f)  =>  = 8$
print f(3, 4)  =>  = 7$
print (*f)(3, 4)  =>  = 7$
info symbol f  =>  add in section \.text
print **second  =>  \{int \(int, int\)\} 0x[0-9a-f]+ <multiply>
print (**second)(3, 4)  =>  = 12$
print *operation  =>  \{name = 0x[0-9a-f]+ "multiply", run = 0x[0-9a-f]+ <multiply>\}
# A pointer in memory prints without its type.
!native print operation->run  =>  \(binary\) 0x[0-9a-f]+ <multiply>
!wasm print operation->run  =>  = 0x[0-9a-f]+ <multiply>
print operation->run == multiply  =>  = 1$
print (*operation->run)(3, 4)  =>  = 12$
# In an array, it is a reference; null is none.
!native print table  =>  \{0x[0-9a-f]+ <add>, 0x[0-9a-f]+ <multiply>, 0x0\}
!wasm print table  =>  \{@0x[0-9a-f]+: 0x[0-9a-f]+ <add>, @0x[0-9a-f]+: 0x[0-9a-f]+ <multiply>, 
print table[1] == multiply  =>  = 1$
print (*table[1])(3, 4)  =>  = 12$
info locals  =>  (?s)f = 0x[0-9a-f]+ <add>.*nothing = 0x0
print add(2, 3)  =>  = 5$
print factorial(5)  =>  = 120$
print half(5)  =>  = 2\.5$
print wide(10000000000, 3)  =>  = 30000000000$
print upper('q')  =>  = 81 'Q'$
print length(0)  =>  = 0$
print length(list)  =>  = 3$
print length(list->next)  =>  = 2$
print length(&nodes[2])  =>  = 1$
print mean(numbers, 3)  =>  = 30$
print mean(&numbers[1], 2)  =>  = 40$
print count_text(text)  =>  = 4$
print count_text("four")  =>  = 4$
print count_text(words[1])  =>  = 3$
print word_of(1)  =>  = 0x[0-9a-f]+ "one"$
print find(list, 2)  =>  = \(struct node \*\) 0x[0-9a-f]+
print *find(list, 2)  =>  = \{value = 2, next = 0x[0-9a-f]+
print find(list, 3)->next == 0  =>  = 1$
print find(list, 4)  =>  = \(struct node \*\) 0x0$
call swap(&numbers[0], &numbers[2]) ; print numbers  =>  \{60, 20, 10\}
call swap(numbers, numbers + 2) ; print numbers  =>  \{10, 20, 60\}
# A pointer to a function that a function returns is a reference.
!native print choose(1)  =>  \) 0x[0-9a-f]+ <multiply>
!wasm print choose(1)  =>  @0x[0-9a-f]+: 0x[0-9a-f]+ <multiply>
# Structures go through memory of the module: such functions cannot be called.
!wasm print sum_point(p)  =>  Too few arguments
!wasm print make_point(1, 2)  =>  Too few arguments
ptype length  =>  type = int \(const struct node \*\)
ptype find  =>  \} \*\(struct node \*, int\)
break make_point ; continue ; finish  =>  Value returned is \$\d+ = \{x = 3, y = 4\}
# On AArch64, the address of a result in memory is in no register when the function returns.
!local break make_box ; continue ; finish  =>  Value returned is \$\d+ = \{low = \{x = 0, y = 0\}, high = \{x = 5, y = 5\}, weight = 1\.5\}
![-O0 --target riscv64-linux] break make_box ; continue ; finish  =>  Value returned is \$\d+ = \{low = \{x = 0, y = 0\}, high = \{x = 5, y = 5\}, weight = 1\.5\}
# A structure with pointers that a function returns is a reference.
!native break make_named ; continue ; finish  =>  Value returned is \$\d+ = \{at = \{x = 7, y = 8\}, name = 0x[0-9a-f]+ "one"\}
!wasm break make_named ; continue ; finish  =>  Value returned is \$\d+ = .*: \{at = \{x = 7, y = 8\}, name = 0x[0-9a-f]+ "one"\}
break wrap ; continue ; finish  =>  Value returned is \$\d+ = \{only = 9\}
delete ; break apply ; continue  =>  apply \(f=0x[0-9a-f]+ <add>, a=1, b=2\)
print f(a, b)  =>  = 3$
step  =>  add \(a=1, b=2\) at functions\.c
bt 2  =>  (?s)#0  add \(a=1, b=2\).*#1 .*apply \(f=0x[0-9a-f]+ <add>, a=1, b=2\)
up ; finish  =>  Value returned is \$\d+ = 3$
continue  =>  apply \(f=0x[0-9a-f]+ <multiply>, a=3, b=4\)
delete ; break sum_point ; continue  =>  sum_point \(p=\.\.\.\)
info args  =>  p = \{x = 3, y = 4\}
set var p.x = 30 ; print p.x + p.y  =>  = 34$
finish  =>  Value returned is \$\d+ = 34$
break area ; continue ; print b  =>  \{low = \{x = 0, y = 0\}, high = \{x = 5, y = 5\}, weight = 1\.5\}
print b.high.x * times  =>  = 10$
finish  =>  Value returned is \$\d+ = 50$
# What is called does not overwrite the variables of a function that calls none.
delete ; break functions.c:{SWAP} ; continue ; print old  =>  = 10$
print factorial(4) + length(nodes) + add(1, 1)  =>  = 29$
info locals  =>  old = 10$
print *a + *b  =>  = 30$
delete ; continue  =>  \d+ 20 3 6 one text
