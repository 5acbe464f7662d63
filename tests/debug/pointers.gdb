# flags: -O0 --dwarf=4
break pointers.c:{INSERT} if value == 70 ; run  =>  insert \(place=0x[0-9a-f]+, value=70\) at pointers\.c:{INSERT}
bt  =>  (?s)#0  insert \(.*value=70\).*#1 .*insert \(.*value=70\).*#2 .*main \(\)
# A pointer in memory prints without its type.
!native print *place  =>  \(struct node \*\) 0x0
!wasm print *place  =>  = 0x0$
print fresh->value  =>  = 70$
print root->value  =>  = 50$
print *root->left  =>  \{value = 30, left = 0x0, right = 0x0\}
# The address of a pointer in memory is that of what it points to.
!native print place == &root->right  =>  = 1$
up ; print (*place)->value  =>  = 50$
up ; print numbers  =>  \{2, 3, 5, 7\}
break apply ; continue  =>  apply \(operation=0x[0-9a-f]+ <multiply>, numbers=0x[0-9a-f]+, count=4\)
print *numbers@count  =>  \{2, 3, 5, 7\}
print numbers[count - 1]  =>  = 7$
print *operation  =>  \{int \(int, int\)\} 0x[0-9a-f]+ <multiply>
info args  =>  (?s)operation = 0x[0-9a-f]+ <multiply>.*numbers = 0x.*count = 4$
break pointers.c:{END} ; continue  =>  main \(\) at pointers\.c:{END}
print product  =>  = 210$
print *second  =>  = 3$
print **indirect  =>  = 3$
print *indirect == second  =>  = 1$
print *(second + 2)  =>  = 7$
print second - numbers  =>  = 1$
print second > numbers  =>  = 1$
print second[-1]  =>  = 2$
print &numbers[3] - second  =>  = 2$
print *heap@3  =>  \{100, 200, 300\}
print *row[1]  =>  = 100$
print row[0] == numbers  =>  = 1$
print *(int *) untyped  =>  = 2$
print ((int *) untyped)[2]  =>  = 5$
print untyped  =>  \(void \*\) 0x[0-9a-f]+
print nothing  =>  = 0x0
print &numbers  =>  \(int \(\*\)\[4\]\) 0x
# A variable that is a pointer has a value and no address.
!native print &second  =>  \(int \*\*\) 0x
!wasm print &second  =>  Can't take address of "second" which isn't an lvalue
# gdb spells the name of a type in its own way.
!native whatis indirect  =>  type = int \*\*
!wasm whatis indirect  =>  type = int\* \*
!native whatis *indirect  =>  type = int \*
!wasm whatis *indirect  =>  type = int\*
!native whatis row  =>  type = const int \*\[2\]
!wasm whatis row  =>  type = int const\* \[2\]
whatis operations  =>  type = const binary \[2\]
ptype binary  =>  type = int \(\*\)\(int, int\)
print words[1]  =>  "one"
# Pointers in arrays are references; null is none.
!native print words  =>  \{0x[0-9a-f]+ "zero", 0x[0-9a-f]+ "one", 0x[0-9a-f]+ "two", 0x0\}
!wasm print words  =>  \{@0x[0-9a-f]+: 0x[0-9a-f]+ "zero", @0x[0-9a-f]+: 0x[0-9a-f]+ "one", @0x[0-9a-f]+: 0x[0-9a-f]+ "two", 
!native print *words@2  =>  \{0x[0-9a-f]+ "zero", 0x[0-9a-f]+ "one"\}
!wasm print *words@2  =>  \{@0x[0-9a-f]+: 0x[0-9a-f]+ "zero", @0x[0-9a-f]+: 0x[0-9a-f]+ "one"\}
print words[1]@2  =>  "one", .*"two"\}
print *operations@2  =>  <add>, .*<multiply>\}
print *row@2  =>  = \{(@0x[0-9a-f]+: )?0x[0-9a-f]+, (@0x[0-9a-f]+: )?0x[0-9a-f]+\}
print words[2][1]  =>  = 119 'w'
print buffer  =>  "line\\tend"
print (char *) buffer  =>  0x[0-9a-f]+ (<buffer> )?"line\\tend"
print &buffer[5]  =>  "end"
x/s buffer  =>  "line\\tend"
x/2s words[0]  =>  "zero"
x/4dw numbers  =>  2\s+3\s+5\s+7
x/4xb buffer  =>  0x6c\s+0x69\s+0x6e\s+0x65
x/3c buffer  =>  108 'l'\s+105 'i'\s+110 'n'
x/dw &numbers[2]  =>  \s5
print root->left->value + root->right->value  =>  = 100$
print *root->right  =>  value = 70, left = 0x0
set var *heap = -1 ; print heap[0]  =>  = -1$
set var **indirect = 33 ; print numbers  =>  \{2, 33, 5, 7\}
set var buffer[0] = 'L' ; print buffer  =>  "Line\\tend"
# A variable that is a pointer cannot be assigned.
!native set var second = &numbers[2] ; print *second  =>  = 5$
!wasm set var second = &numbers[2]  =>  Left operand of assignment is not an lvalue
# Nor can one in memory, other than as the offset that it is.
!wasm set var root->left = root  =>  Invalid cast
!wasm set var root->left = 0  =>  Invalid cast
!wasm print words[1] = 0  =>  Invalid cast
!wasm print words[1]++  =>  Invalid cast
print words[1]  =>  "one"$
print root->left->value  =>  = 30$
!wasm set var *(unsigned *) indirect = (long) &numbers[2] ; print *second  =>  = 5$
!wasm set var ((unsigned *) root)[1] = (long) root->right ; print root->left->value  =>  = 70$
!wasm set var ((unsigned *) root)[1] = 0 ; print root->left  =>  = 0x0$
!wasm set var ((unsigned *) root)[1] = (long) root->right ; print root->left == root->right  =>  = 1$
print/c buffer[1]  =>  105 'i'
print/x numbers  =>  \{0x2, 0x21, 0x5, 0x7\}
output numbers[3]  =>  7
printf "%d %s\n", numbers[0], words[1]  =>  2 one
!native delete ; continue  =>  210 5 -1 two Line\tend 30
!wasm delete ; continue  =>  210 5 -1 two Line\tend 70
