break unions.zig:{SUM} ; run  =>  unions\.sum \(list=0x[0-9a-f]+\) at (\S*/)?unions\.zig:{SUM}
info args  =>  list = 0x[0-9a-f]+
print *list  =>  value = 1
print list.value  =>  = 1$
print *node.next  =>  value = 2
print node.next.next.value  =>  = 3$
next ; next ; print total  =>  = 1$
bt 2  =>  (?s)#0  unions\.sum.*#1  0x[0-9a-f]+ in unions\.main
delete ; finish  =>  Value returned is \$\d+ = 6$
break unions.zig:{AREA} ; continue  =>  unions\.area \(shape=0x[0-9a-f]+, color=blue\)
print *shape  =>  (?s)square = \{.*side = 3.*tag = square\}
print shape.payload.square.name  =>  ptr = 0x[0-9a-f]+ .*"sq", len = 2\}
print color  =>  = blue$
print size  =>  = 9$
finish  =>  Value returned is \$\d+ = 11$
break unions.zig:{APPLY} ; continue  =>  unions\.apply
print operation  =>  <unions\.next>
print *operation  =>  <unions\.next>
break unions.zig:{NEXT} ; continue  =>  unions\.next \(number=5\)
up ; print number  =>  = 5$
delete ; tbreak unions.zig:{STOP} ; continue  =>  unions\.main \(\) at (\S*/)?unions\.zig:{STOP}
print numbers  =>  = \{6, 5, 6\}
print slice  =>  \{ptr = 0x[0-9a-f]+, len = 3\}
print slice.ptr[2]  =>  = 6$
print slice.ptr[0]@slice.len  =>  = \{6, 5, 6\}
print maybe  =>  = \{payload = 7, some = 1 .*\}
print bad  =>  \{error = error\.Empty, payload = \d+\}
print 'unions.counter'  =>  = 1$
print 'unions.text'  =>  "sentinel"
ptype slice  =>  (?s)struct \[\]i32 \{.*ptr;.*usize len;
whatis first  =>  type = struct unions\.Node$
set var numbers[1] = 50 ; print slice.ptr[1]  =>  = 50$
set var 'unions.counter' = 9 ; print 'unions.counter'  =>  = 9$
