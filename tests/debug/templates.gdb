break shop::twice(int) ; run  =>  shop::twice \(n=7\) at templates\.cpp:{INT}
finish  =>  Value returned is \$\d+ = 14$
break shop::twice(double) ; continue  =>  shop::twice \(x=1\.25\) at templates\.cpp:{DOUBLE}
finish  =>  Value returned is \$\d+ = 2\.5$
break shop::twice(shop::Price) ; continue  =>  shop::twice \(price=\.\.\.\) at templates\.cpp:{PRICE}
print price  =>  \{cents = 3\}
step  =>  shop::Price::operator\+ \(this=0x[0-9a-f]+, other=\.\.\.\) at templates\.cpp:{PLUS}
print cents + other.cents  =>  = 6$
bt  =>  (?s)#0  shop::Price::operator\+ .*#1 .*shop::twice \(price=\.\.\.\).*#2 .*main \(\)
delete ; break templates.cpp:{LARGEST} ; continue  =>  largest<int> \(items=0x[0-9a-f]+, count=3\)
print best  =>  = 4$
print *items@count  =>  \{3, 1, 4\}
whatis best  =>  type = int
continue  =>  largest<double> \(items=0x[0-9a-f]+, count=3\)
print best  =>  = 2\.5$
print *items@3  =>  \{0\.5, 2\.5, 1\.5\}
delete ; tbreak {END} ; continue  =>  main \(\) at templates\.cpp:{END}
print stack  =>  \{items = \{5, 9, -?\d+, -?\d+\}, used = 2\}
print prices  =>  \{items = \{\{cents = 250\}, \{cents = 0\}\}, used = 1\}
print prices.items[0]  =>  \{cents = 250\}
whatis stack  =>  type = Stack<int, 4>
whatis prices  =>  type = Stack<shop::Price, 2>
ptype stack  =>  (?s)type = struct Stack<int, 4> .*\{\s+(int|T) items\[4\];\s+(int|T) used;.*(public:\s+)?void push\(const (T|int) ?&\);
whatis total  =>  type = Number
ptype total  =>  type = long long
print total  =>  = 130$
print shop::inner::stock  =>  = 12$
print hidden  =>  = 77$
print '(anonymous namespace)::hidden'  =>  = 77$
whatis numbers  =>  type = std::.*vector<int
whatis text  =>  type = std::.*string
print *data@3  =>  \{3, 1, 4\}
print letters  =>  "some text"
print add  =>  base = 100, stack = @0x[0-9a-f]+
print add.stack  =>  @0x[0-9a-f]+: \{
print halves  =>  \{0\.5, 2\.5, 1\.5\}
ptype shop::Price  =>  (?s)type = struct shop::Price \{\s+int cents;.*operator\+\(const shop::Price ?&\) const;
info line shop::twice(int)  =>  Line {INT} of "templates\.cpp"
info functions shop::twice  =>  (?s)double shop::twice\(double\);.*int shop::twice\(int\);
set var shop::inner::stock = 13 ; print shop::inner::stock  =>  = 13$
set var stack.items[1] = -9 ; print stack.items[1]  =>  = -9$
set var hidden = 78 ; print hidden  =>  = 78$
kill ; break Stack<int, 4>::push ; run  =>  Stack<int, ?4>::push \(this=0x[0-9a-f]+, item=@0x[0-9a-f]+: 5\)
advance {PUSH} ; print items[0]  =>  = 5$
print *this  =>  used = 0\b
delete ; break templates.cpp:{LAMBDA} ; continue  =>  operator\(\).*\(.*n=14\).* at templates\.cpp:{LAMBDA}
print result  =>  = 116$
print n  =>  = 14$
up ; print base  =>  = 100$
# By steps, gdb believes on RISC-V that the frame is gone in the last two instructions of each function that is called.
!local watch total ; delete 4 ; continue  =>  New value = 116$
![-O0 --target aarch64-linux] watch total ; delete 4 ; continue  =>  New value = 116$
delete ; continue  =>  130 some text 12 77
