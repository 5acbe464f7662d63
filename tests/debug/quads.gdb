break half ; run  =>  half \(number=1\.5\) at quads\.c:{HALF}
print number  =>  = 1\.5$
print number * 2 == 3  =>  = 1$
delete ; break quads.c:{STOP} ; continue  =>  main \(\) at quads\.c:{STOP}
print number  =>  = 0\.75$
whatis number  =>  = long double$
print samples  =>  exact = 1\.5, weight = 1\}, \{exact = -2\.25, weight = 2\}\}$
set var number = 3.5 ; print number  =>  = 3\.5$
delete ; continue  =>  (?s)3\.5.*3\.5
