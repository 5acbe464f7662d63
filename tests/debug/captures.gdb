# flags: -O0 --dwarf=4
break captures.cpp:{INSIDE} if limit == 3 ; run  =>  at captures\.cpp:{INSIDE}
print limit  =>  3$
print x + limit  =>  = 7$
print limit == 3  =>  = true$
print *&limit  =>  = 3$
print node.value  =>  = 10$
print text  =>  "hey"$
set var limit = 5 ; print limit  =>  5$
ptype limit  =>  = int( &)?$
print sizeof(int) == sizeof limit  =>  = true$
up 2 ; print limit  =>  = 5$
print pair.first + 1  =>  = 6$
print pair.first == limit  =>  = true$
print pair.node.value  =>  = 10$
set var pair.first = 9 ; print limit  =>  = 9$
set $first = pair.first ; print $first + 1  =>  = 10$
delete ; break captures.cpp:{STOP} ; continue  =>  at captures\.cpp:{STOP}
print all[1].wide  =>  2\.5$
print all[1].wide * 2  =>  = 5$
print all[1].yes  =>  true$
print all[1].big  =>  5000000000$
print all[1].last  =>  = 8$
print all->last  =>  = 7$
