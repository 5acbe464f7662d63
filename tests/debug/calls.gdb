break half ; run  =>  Breakpoint 1, half \(n=5\) at calls\.c:
finish  =>  (?s)main \(\) at calls\.c.*Value returned is \$\d+ = 2\.5$
tbreak third ; continue ; finish  =>  Value returned is \$\d+ = 1\.25$
tbreak wide ; continue ; finish  =>  Value returned is \$\d+ = 30000000000$
tbreak pick ; continue ; finish  =>  Value returned is \$\d+ = \(const int \*\) 0x[0-9a-f]+
print *$  =>  = 3$
tbreak word ; continue ; finish  =>  Value returned is \$\d+ = 0x[0-9a-f]+ "some"
tbreak letter ; continue ; finish  =>  Value returned is \$\d+ = 99 'c'
print d  =>  = 2\.5$
print w  =>  = 30000000000$
break calls.c:{CALLS} ; continue ; print calls  =>  = 11$
print count_calls::calls  =>  = 11$
up ; print calls ; down  =>  #0 .*count_calls
continue ; print calls  =>  = 12$
info frame  =>  called by frame
delete ; finish ; advance {COMPARE}  =>  compare \(a=0x[0-9a-f]+, b=0x[0-9a-f]+\) at calls\.c:{COMPARE}
print x - y == *(const int *) a - *(const int *) b  =>  = 1$
bt  =>  (?s)#0  compare \(.*qsort.*main \(\) at calls\.c
frame function main ; print d  =>  (?s)main \(\) at calls\.c.*= 2\.5$
break calls.c:{LOOP} ; continue ; print square  =>  = 1$
print sorted  =>  \{1, 2, 3, 4\}
info locals  =>  (?s)square = 1.*i = 0.*sorted = .*total = 0$
condition $bpnum i == 2 ; continue ; print i ; print square  =>  (?s)= 2\s.*= 9$
print total  =>  = 5$
delete ; until ; print i  =>  = 2$
until {DESCEND}  =>  main \(\) at calls\.c:{DESCEND}
print total  =>  = 30$
step  =>  descend \(n=5, sum=0\) at calls\.c
next ; print here  =>  = 5$
tbreak calls.c:{BOTTOM} ; continue  =>  descend \(n=0, sum=15\)
bt  =>  (?s)#0 .*descend \(n=0, sum=15\).*#1 .*descend \(n=1, sum=14\).*#5 .*descend \(n=5, sum=0\).*#6 .*main \(\)
frame 2  =>  #2 .*descend \(n=2, sum=12\)
print here  =>  = 14$
info frame  =>  caller of frame at
up  =>  #3 .*descend \(n=3, sum=9\)
down 2  =>  #1 .*descend \(n=1, sum=14\)
frame 0 ; print depth  =>  = 15$
finish  =>  (?s)descend \(n=1, sum=14\) at calls\.c.*Value returned is \$\d+ = 15$
up ; up ; finish  =>  (?s)descend \(n=4, sum=5\) at calls\.c.*Value returned is \$\d+ = 15$
info breakpoints  =>  No breakpoints
tbreak {END} ; continue ; print total  =>  = 45$
info source  =>  (?s)Current source file is calls\.c.*Source language is c
kill ; tbreak main ; run ; next ; next ; print d  =>  = 2\.5$
continue  =>  45 2\.50 1\.25 30000000000 3 some c 27
