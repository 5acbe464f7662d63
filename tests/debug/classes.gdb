# flags: -O0 --dwarf=4
break Circle::weight ; run  =>  Circle::weight \(this=0x[0-9a-f]+\) at classes\.cpp
next ; next ; print twice  =>  = 42$
print radius  =>  = 4$
print this->radius  =>  = 4$
print id  =>  = 21$
# Pointers in bases print as addresses, and references to numbers as the numbers.
!native print *this  =>  (?s)<Base> = \{.*id = 21.*<Named> = \{.*name = 0x[0-9a-f]+ "circle", age = 1.*radius = 4, counter = @0x[0-9a-f]+, kind = Kind::Round
!wasm print *this  =>  (?s)<Base> = \{.*id = 21.*<Named> = \{.*name = @0x[0-9a-f]+, age = 1.*radius = 4, counter = 2, kind = Kind::Round
print counter  =>  [:=] 2$
print counter + 1  =>  = 3$
print made  =>  = 1$
print name  =>  "circle"
whatis this  =>  type = const Circle \*
bt  =>  (?s)#0 .*Circle::weight \(this=0x.*#1 .*main \(\) at classes\.cpp
finish  =>  Value returned is \$\d+ = 46$
delete ; tbreak Circle::years ; continue  =>  Circle::years \(this=0x[0-9a-f]+\) at classes\.cpp
advance {YEARS} ; print age  =>  = 11$
print this->kind  =>  = Kind::Round
# In wasm the thunk that adjusts `this` is a call, and has a frame.
!wasm up  =>  years
up ; print named  =>  (?s)\(Named &\) @0x[0-9a-f]+: \{.*name = 0x[0-9a-f]+ "circle", age = 11\b
print alias  =>  \(int &\) @0x[0-9a-f]+: 2
print &alias == &one  =>  = (1|true)
print kind  =>  = Kind::Both
print circle  =>  (?s)<Base> = .*id = 21.*radius = 4.*kind = Kind::Round
print circle.radius  =>  = 4$
print base == &circle  =>  = (1|true)
print *base  =>  id = 21\b
# gdb finds the class of an object by the symbol of its virtual table; wasm modules have no symbols of data.
!native set print object on ; print base  =>  \(Circle \*\) 0x
set print object off ; whatis base  =>  type = Base \*
print ((Circle *) base)->radius  =>  = 4$
print Base::made  =>  = 1$
print 'Base::made' + 1  =>  = 2$
print static_cast<int>(Kind::Both)  =>  = 5$
print Kind::Round  =>  = Kind::Round
whatis alias  =>  type = int &
whatis named  =>  type = Named &
whatis circle  =>  type = Circle
whatis kind  =>  type = const Kind
ptype Kind  =>  type = enum class Kind : unsigned char \{Kind::Plain, Kind::Round = 4, Kind::Both\}
# gdb spells the name of a type in its own way.
!native ptype Named  =>  (?s)type = struct Named \{\s+(public:\s+)?const char \*name;\s+int age;.*virtual int years\((void)?\);
!wasm ptype Named  =>  (?s)type = struct Named \{\s+(public:\s+)?char const\* name;\s+int age;.*virtual int years\((void)?\);
!native ptype Circle  =>  (?s)type = class Circle : public Base, public Named \{\s+private:\s+double radius;\s+int &counter;\s+Kind kind;.*public:.*void grow\(double\);\s+void grow\(int\);
!wasm ptype Circle  =>  (?s)type = class Circle : public Base, public Named \{\s+private:\s+double radius;\s+int& counter;\s+Kind kind;.*public:.*void grow\(double\);\s+void grow\(int\);
ptype Base  =>  (?s)type = class Base \{\s+public:\s+static int made;\s+protected:\s+int id;.*Base\(int\);.*virtual int weight\((void)?\) const;
info line Circle::grow(int)  =>  Line {TIMES} of "classes\.cpp"
# The base of a frame is computed.
!native info scope Circle::grow(double)  =>  (?s)Symbol this is a variable.*Symbol by is a variable
!wasm info scope Circle::grow(double)  =>  (?s)Symbol this is a complex DWARF expression.*Symbol by is a complex DWARF expression
set var circle.radius = 8.25 ; print circle.radius  =>  = 8\.25$
set var alias = 70 ; print one  =>  = 70$
set var Base::made = 5 ; print Base::made  =>  = 5$
set var circle.kind = Kind::Plain ; print circle.kind  =>  = Kind::Plain
# In wasm, a virtual table holds indices into a table of functions, no addresses.
!native info vtbl circle  =>  (?s)vtable for 'Circle'.*Circle::weight\(\) const
kill ; delete ; break swap(int&, int&) ; run  =>  swap \(a=@0x[0-9a-f]+: 1, b=@0x[0-9a-f]+: 2\) at classes\.cpp
advance {SWAP} ; print a ; print b ; print old  =>  (?s)@0x[0-9a-f]+: 2.*@0x[0-9a-f]+: 2.*= 1$
up ; print &alias == &one  =>  = (1|true)
delete ; break Circle::grow(int) ; continue  =>  Circle::grow \(this=0x[0-9a-f]+, times=2\) at classes\.cpp:{TIMES}
print radius  =>  = 2$
watch radius ; continue  =>  (?s)Old value = 2\s+New value = 4$
delete ; break Base::Base ; run  =>  Base::Base \(this=0x[0-9a-f]+, id=21\)
up  =>  Circle::Circle \(this=0x[0-9a-f]+, id=21, radius=1\.5, counter=@0x[0-9a-f]+: 2\)
delete ; continue  =>  57 2 2 11 1
