# flags: -O0 --dwarf=4
break bases.cpp:{START} ; run  =>  main \(\) at bases\.cpp:{START}
print leaf  =>  \{<Middle> = \{<Base> = \{_vptr\$Base = 0x[0-9a-f]+.*, name = 0x[0-9a-f]+ "leaf", id = 2, static made = 4\}, link = 0x[0-9a-f]+\}, tag = 0x[0-9a-f]+ "tag"\}
print *pointer  =>  name = 0x[0-9a-f]+ "leaf", id = 2, static made = 4\}, link = 0x[0-9a-f]+\}, tag = 0x[0-9a-f]+ "tag"\}
print *base  =>  name = 0x[0-9a-f]+ "leaf", id = 2
print leaf.name  =>  = 0x[0-9a-f]+ "leaf"
print *leaf.link  =>  = 42$
print leaf.Base::id  =>  = 2$
print pointer->Base::name  =>  "leaf"
print *(Leaf *) base  =>  tag = 0x[0-9a-f]+ "tag"\}
print static_cast<Leaf *>(base)->tag  =>  "tag"
print static_cast<Base &>(leaf)  =>  \(Base &\) @0x[0-9a-f]+: \{.*name = 0x[0-9a-f]+ "leaf"
print reference  =>  \(Base &\) @0x[0-9a-f]+: \{.*name = 0x[0-9a-f]+ "two"
# Of a base that does not come first, pointers are references.
!native print two  =>  <Note> = \{note = 0x[0-9a-f]+ "note", pages = 9\}, last = 4\}
!wasm print two  =>  <Base> = \{.*name = 0x[0-9a-f]+ "two".*<Note> = \{note = @0x[0-9a-f]+, pages = 9\}, last = 4\}
print two.note  =>  0x[0-9a-f]+ "note"
print two.name  =>  = 0x[0-9a-f]+ "two"
print holder.leaf  =>  name = 0x[0-9a-f]+ "leaf", id = 2, static made = 4\}, link = 0x[0-9a-f]+\}, tag = 0x[0-9a-f]+ "held"\}
print holder.two.name  =>  "two"
print holder.end  =>  "end"
print Base::made  =>  = 4$
print leaf.made  =>  = 4$
print &leaf.id == &base->id  =>  = true$
ptype Leaf  =>  (?s)type = struct Leaf : public Middle \{.*virtual int kind\(
info locals  =>  (?s)number = 42.*leaf = \{<Middle> = .*holder = \{.*base = 0x
break bases.cpp:{HERE} ; continue  =>  Leaf::kind \(this=0x[0-9a-f]+\)
print *this  =>  name = 0x[0-9a-f]+ "leaf", id = 2.*tag = 0x[0-9a-f]+ "tag"\}
print name  =>  = 0x[0-9a-f]+ "leaf"
print *link  =>  = 42$
print tag  =>  = 0x[0-9a-f]+ "tag"
print id + here  =>  = 4$
finish  =>  Value returned is \$\d+ = 2$
