# flags: -O0 --dwarf=4
break virtuals.cpp:{START} ; run  =>  main \(\) at virtuals\.cpp:{START}
print shape->area()  =>  = 12$
print shape->area() + reference.area()  =>  = 21$
print shapes[1]->area()  =>  = 9$
print (*shapes[0]).area()  =>  = 12$
print (*shape).area()  =>  = 12$
print reference.area()  =>  = 9$
print shape->name()  =>  "circle"$
print shapes[1]->name()  =>  "shape"$
# On objects.
print circle.area()  =>  = 12$
print square.area()  =>  = 9$
print square.name()  =>  "shape"$
# By a second base, whose table has functions that adjust the object's address.
print other->more(1, 2)  =>  = 10000000703$
print circle.more(1, 2)  =>  = 10000000703$
print other->other().extra  =>  = 7$
print other->other()  =>  \(Other &\) @0x[0-9a-f]+: \{.*extra = 7\}$
# Overloaded ones, in the order of the class.
print shape->scale(1.5, 1)  =>  = 5$
print shape->scale(2)  =>  = 6$
print shape->hidden()  =>  = 99$
print shape->self()->area()  =>  = 12$
print circle.self()->radius  =>  = 2$
print ((Circle<double> *) shape)->area()  =>  = 12$
print shape->plain(1)  =>  = 7$
# A structure by value is returned in memory.
!native print other->pair()  =>  = \{first = 7, second = 8\}$
!wasm print other->pair()  =>  Too few arguments in function call
# The class is shown as it is in the source.
ptype plane::Shape  =>  (?s)type = class plane::Shape \{\s+public:\s+int tag;\s+Shape\(int\);\s+virtual ~Shape\((void)?\);\s+virtual double area\((void)?\) const;\s+virtual const char \* ?name\((void)?\);\s+virtual int scale\(int\);\s+virtual int scale\(double, int\);\s+virtual plane::Shape \* ?self\((void)?\);\s+int plain\(int\);\s+private:\s+virtual int hidden\((void)?\);\s+\}
print &plane::Shape::area  =>  = &virtual plane::Shape::
# In wasm, a virtual table holds indices into a table of functions, no addresses.
!native info vtbl square  =>  (?s)vtable for 'Square'.*Square::area\(\) const
!wasm info vtbl square  =>  (?s)vtable for 'Square'.*Cannot access memory
# gdb finds the class of an object by the symbol of its virtual table; wasm modules have no symbols of data.
!native set print object on ; print shape ; print *shape  =>  (?s)\(Circle<double> \*\) 0x.*\(Circle<double>\) \{.*tag = 6.*radius = 2\}
!wasm set print object on ; print shape ; print *shape  =>  (?s)\(plane::Shape \*\) 0x.* = (\(plane::Shape \?\) )?\{_vptr\$Shape = 0x[0-9a-f]{1,5}, tag = 6\}
print circle  =>  tag = 6.*extra = 7.*radius = 2\}
ptype shape  =>  class plane::Shape \{
set print object off ; print *shape  =>  = \{.*tag = 6\}
# Breakpoints, frames and what stops within them.
break Square::area ; print shapes[1]->area()  =>  (?s)Square::area \(this=0x[0-9a-f]+\) at virtuals\.cpp.*stopped while in a function called from GDB
bt  =>  (?s)#0 +Square::area \(this=0x[0-9a-f]+\) at virtuals\.cpp:\d+\s+#1 +<function called from gdb>\s+#2 .*main \(\) at virtuals\.cpp:{START}
finish  =>  Value returned is \$\d+ = 9$
delete ; break Circle<double>::area ; print shape->area()  =>  Circle<double>::area \(this=0x[0-9a-f]+\) at virtuals\.cpp:{AREA}
print name()  =>  "circle"$
print this->more(1, 2)  =>  = 10000000703$
print *this  =>  radius = 2
finish  =>  Value returned is \$\d+ = 12$
delete ; break plane::Shape::scale(int) ; continue  =>  plane::Shape::scale \(this=0x[0-9a-f]+, by=2\) at virtuals\.cpp
print area()  =>  = 12$
bt  =>  (?s)#0 +plane::Shape::scale \(this=0x[0-9a-f]+, by=2\) at virtuals\.cpp.*#1 .*main \(\) at virtuals\.cpp:{LAST}
# A table of which nothing is true: what it has there is the index of no function.
!wasm set unwindonsignal on ; up ; set $table = *(unsigned *) shape ; set $tag = shape->tag ; set var shape->tag = 0x7fffffff ; set var *(unsigned *) shape = (unsigned) (long) &shape->tag - 8 ; print shape->area()  =>  SIG(ILL|TRAP)
!wasm set var *(unsigned *) shape = $table ; set var shape->tag = $tag ; print shape->area()  =>  = 12$
delete ; continue  =>  12 13$
