# flags: -O0 --dwarf=4
break closures.cpp:{MIXED} ; run  =>  at closures\.cpp:{MIXED}
print seen  =>  [:=] 5$
print seen == 5  =>  true$
print factor  =>  [:=] 3$
print seen + factor  =>  = 8$
set var seen = 6 ; print seen  =>  [:=] 6$
break closures.cpp:{WIDE} if mean == 7.5 ; continue  =>  at closures\.cpp:{WIDE}
print mean  =>  [:=] 7\.5$
print mean / 2  =>  = 3\.75$
break closures.cpp:{NARROW} ; continue  =>  at closures\.cpp:{NARROW}
print letter  =>  [:=] 114 'r'$
print step  =>  [:=] -2$
print step * x  =>  -12$
break closures.cpp:{THREE} ; continue  =>  at closures\.cpp:{THREE}
print mean  =>  [:=] 6\.5$
print letter  =>  [:=] 114 'r'$
print seen  =>  [:=] 6$
set var mean = 1.25 ; print mean  =>  [:=] 1\.25$
break closures.cpp:{STOP} ; continue  =>  at closures\.cpp:{STOP}
print mean  =>  [:=] 1\.25$
print at->total  =>  1\.25$
print at->total * 2  =>  = 2\.5$
print at->on  =>  true$
print at->unit  =>  "kWh"$
print meter.total + 1  =>  = 2\.25$
print small.first == 'r'  =>  = true$
print tiny->second + 1  =>  = -1$
print sum  =>  = 265$
