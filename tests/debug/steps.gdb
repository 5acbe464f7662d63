# flags: -O0 --dwarf=4
# flags: -O0 --memory-base=register
break factorial ; run  =>  factorial \(n=5\) at steps\.wat:{FIRST}$
info locals  =>  (?s)product = 0.*half = 0.*local3 = 0.*local4 = \{0, 0, 0, 0\}
info args  =>  ^n = 5$
backtrace  =>  (?s)#0 +factorial \(n=5\) at steps\.wat:{FIRST}.*#1 +0x[0-9a-f]+ in main \(\) at steps\.wat:{CALL}
list {FIRST},{FIRST}  =>  i64\.const 1
advance {THREE} ; print local4  =>  = \{1, 2, 3, -1\}$
next ; print local3  =>  = 3$
ptype local4  =>  i32 \[4\]
tbreak steps.wat:{MUL} ; continue  =>  factorial \(n=5\) at steps\.wat:{MUL}
print product * 2 + n  =>  = 7$
next ; next ; print product  =>  = 5$
print half  =>  = 0\.5$
advance {TEST} ; print n  =>  = 4$
watch product ; continue  =>  (?s)Old value = 5.*New value = 20
delete ; finish  =>  Value returned is \$\d+ = 120$
info scope factorial  =>  (?s)Symbol n.*Symbol product.*Symbol half.*Symbol local3
info line {MUL}  =>  Line {MUL} of "steps\.wat" starts at
whatis factorial  =>  i64 \(i32\)
info functions factorial  =>  {HEAD}:.*i64 factorial\(i32\);
break main ; info breakpoints  =>  in main at steps\.wat
continue  =>  exited normally
