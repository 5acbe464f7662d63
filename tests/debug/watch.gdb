break watch.c:{START} ; run  =>  main \(\) at watch\.c:{START}
watch counter ; continue  =>  (?s)Old value = 0\s+New value = 3$
delete ; watch local ; continue  =>  (?s)Old value = 5\s+New value = 10$
delete ; watch total ; continue  =>  (?s)Old value = 1\s+New value = 1099511627776$
delete ; watch bank[1].balance ; continue  =>  (?s)Old value = 20\.25\s+New value = 21$
bt 1  =>  #0  deposit \(.*amount=0\.75\) at watch\.c
delete ; watch account->terms.days ; continue  =>  (?s)Old value = 5\s+New value = 4$
# gdb cannot do this by steps.
!local delete ; rwatch counter ; continue  =>  Value = 3$
delete ; finish  =>  main \(\) at watch\.c
watch own.balance ; continue  =>  (?s)Old value = 1\.5\s+New value = 10$
delete ; break tick ; continue ; watch ticks ; continue  =>  (?s)Old value = 7\s+New value = 9$
continue  =>  Breakpoint \d+, tick \(\)
continue  =>  (?s)Old value = 9\s+New value = 11$
delete ; finish  =>  Value returned is \$\d+ = 11$
watch local if local > 11 ; continue  =>  (?s)Old value = 11\s+New value = 15$
info watchpoints  =>  (?s)watchpoint\s+keep y\s+local.*stop only if local > 11
delete ; break watch.c:{END} ; continue  =>  main \(\) at watch\.c:{END}
set var counter = 77 ; print counter  =>  = 77$
set var total = -5000000000 ; print total  =>  = -5000000000$
set var ratio = 2.75 ; print ratio  =>  = 2\.75$
set var rates[1] = 6.125 ; print rates  =>  \{0\.5, 6\.125, 2\.5\}
set var bank[1].balance = 99.5 ; print bank[1]  =>  \{id = 2, balance = 99\.5, terms = \{days = 4, limit = 6\}\}
set var own.balance = own.balance * 2 ; print own.balance  =>  = 20$
set var own.terms.days = -8 ; print own.terms  =>  \{days = -8, limit = 2\}
set var key = 'z' ; print key  =>  = 122 'z'
set var small = small + 10 ; print small  =>  = 4 '\\004'
print local = 42  =>  = 42$
print tick::ticks  =>  = 11$
set var tick::ticks = 100 ; print tick::ticks  =>  = 100$
display local ; display/x counter ; next  =>  (?s)local = 42.*/x counter = 0x4d
info display  =>  (?s)local.*/x counter
undisplay 1 ; undisplay 2 ; delete ; continue  =>  42 77 -5000000000 99\.50 20\.00 2\.75 102 4 z 6\.12
