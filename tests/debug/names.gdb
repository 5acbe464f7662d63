break sum ; info breakpoints  =>  (?s)geo::sum<double>.*names\.cpp:{SUM}.*geo::sum<int>.*names\.cpp:{SUM}|geo::sum<int>.*names\.cpp:{SUM}.*geo::sum<double>.*names\.cpp:{SUM}
break Counter::add  =>  Counter::add\. \(2 locations\)
break next ; break helper  =>  names\.cpp, line {NEXT}\.
run  =>  geo::sum<int> \(items=0x[0-9a-f]+, count=3\) at names\.cpp:{SUM}
print geo::sum<int>  =>  \{int \(const int ?\*, int\)\} 0x[0-9a-f]+ <geo::sum<int>\(int const\*, int\)>$
info symbol $pc  =>  ^(_ZN3geo3sumIiEET_PKS1_i|int geo::sum<int>\(int const\*, int\)|geo::sum<int>\(int const\*, int\)) \+ \d+ in section \.text
bt  =>  (?s)^#0  geo::sum<int> \(.*^#1  0x[0-9a-f]+ in main \(\)
delete 1 ; continue  =>  Counter::add<int> \(this=0x[0-9a-f]+, more=4\) at names\.cpp:{ADD}
continue  =>  Counter::add<double> \(this=0x[0-9a-f]+, more=1\) at names\.cpp:{ADD}
# Without an address: it is the first of the line.
continue  =>  ^Breakpoint \d+, (next \(\)|helper \(x=\d+\)) at names\.cpp:
continue  =>  ^Breakpoint \d+, (next \(\)|helper \(x=\d+\)) at names\.cpp:
