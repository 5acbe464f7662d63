# flags: -O0 --dwarf=4
break members.cpp:{INSIDE} ; run  =>  operator\(\)
print point  =>  = \(plane::Point ?&\) @0x[0-9a-f]+: \{x = 4, y = 2\}
print point.x + 1  =>  = 5$
break members.cpp:{STOP} ; continue  =>  main
print holder.point  =>  = \(plane::Point ?&\) @0x[0-9a-f]+: \{x = 4, y = 2\}
print holder.point.sum()  =>  = 6$
print (*holder.pointer).sum()  =>  = 6$
print *holder.pointer  =>  = \{x = 4, y = 2\}
print holder.text  =>  @0x[0-9a-f]+: 0x[0-9a-f]+ "text"
print holder.circles[0]->distance()  =>  = 6$
print *holder.circles[0]  =>  = \{name = 0x[0-9a-f]+ "circle", center = 0x[0-9a-f]+
print (*holder.circles[0]->center).sum()  =>  = 6$
print holder.circles[1]  =>  = \(plane::Circle ?\*\) 0x0$
print points  =>  = \{0x0, 0x[0-9a-f]+
print points[1]->sum()  =>  = 6$
print *points[1]  =>  = \{x = 4, y = 2\}
print circle.center->y  =>  = 2$
whatis points  =>  type = plane::Point ?\* ?\[2\]
whatis holder.pointer  =>  type = plane::Point ?\*
!native whatis *points[1]  =>  type = plane::Point
watch holder.pointer->y ; set var holder.point.y = 7 ; print point  =>  \{x = 4, y = 7\}
print circles[1].distance()  =>  = 11$
print ((Derived *) bases[0])->label  =>  "derived"$
print *(Derived *) bases[0]  =>  number = 1\}, label = 0x[0-9a-f]+ "derived"
print (Derived *) bases[0] == &derived  =>  = true$
print bases[0]->twice()  =>  = 2$
print derived  =>  = \{<Base> = \{_vptr.Base = 0x[0-9a-f]+.*, number = 1\}, label = 0x[0-9a-f]+ "derived"\}
