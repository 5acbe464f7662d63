break diamond.cpp:{PRINT} ; run  =>  main \(\) at (\S*/)?diamond\.cpp:{PRINT}
print left.left  =>  = 20$
print left  =>  left = 20, weight = 2\.5\}$
print bottom.right + bottom.left  =>  = 320$
print pointer->weight  =>  = 2\.5$
print *pointer  =>  (?s)left = 20, weight = 2\.5.*right = 300.*bottom = 4000, label = 0x[0-9a-f]+ .*"bottom"
print lone.own  =>  = 9$
print left.sum()  =>  = 21$
print bottom.all()  =>  = 4321$
set var bottom.bottom = 5000 ; print pointer->all()  =>  = 5321$
break diamond.cpp:{ALL} ; continue  =>  Bottom::all \(this=0x[0-9a-f]+\) at (\S*/)?diamond\.cpp:{ALL}
print bottom + right  =>  = 5300$
print this->label  =>  = 0x[0-9a-f]+ .*"bottom"$
