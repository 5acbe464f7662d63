break main ; run  =>  main \(\) at lines\.c:{FIRST}$
next  =>  ^{IF}\t
next  =>  ^{THEN}\t.*b = 1;
next  =>  ^{WHILE}\t
print b  =>  = 1$
next  =>  ^{BODY}\t
next  =>  ^{WHILE}\t
next ; next ; next ; print b  =>  = 3$
step  =>  classify \(n=2\) at lines\.c
next  =>  ^{TWO}\t
next  =>  ^{BREAK}\t
print n  =>  = 12$
next  =>  ^{OUT}\t
finish  =>  Value returned is \$\d+ = 12$
advance {SUM}  =>  main \(\) at lines\.c:{SUM}$
print a  =>  = 12$
step  =>  classify \(n=12\) at lines\.c
next  =>  ^{ZERO}\t
finish ; step ; step  =>  classify \(n=8\) at lines\.c
finish ; next  =>  ^({SUM}|{AND})\t
tbreak {LABEL} ; continue ; print a  =>  = 0$
step  =>  scopes \(value=7\) at lines\.c:{OUTER}
print value  =>  = 7$
print ::value  =>  = 1$
print 'lines.c'::value  =>  = 1$
tbreak {INNER} ; continue ; print value  =>  = 20$
info locals  =>  (?s)value = 20.*result = 7
up ; print value ; down  =>  = 1$
tbreak {INNERMOST} ; continue ; print value  =>  = 0\.5$
info locals  =>  (?s)value = 0\.5.*value = 20.*result = 27
tbreak {AFTER} ; continue ; print value  =>  = 7$
print result  =>  = 28$
set var value = 70 ; print value ; print ::value  =>  (?s)= 70\n.*= 1$
info source  =>  lines\.c
list scopes  =>  static int scopes\(int value\)
list {ZERO},{TWO}  =>  (?s)^{ZERO}\t.*return 100.*^{TWO}\t
info line {GOTO}  =>  Line {GOTO} of "lines\.c" 
break {DEFAULT} ; info breakpoints  =>  breakpoint\s+keep y\s+0x[0-9a-f]+ in classify at lines\.c:{DEFAULT}
info scope scopes  =>  (?s)Symbol value.*Symbol result
delete ; continue  =>  ^0 28 1$
