break owners.rs:{SUM} ; run  =>  owners::Tree::sum \(self=0x[0-9a-f]+\) at (\S*/)?owners\.rs:{SUM}
print total  =>  = 20$
print self.value  =>  = 20$
bt  =>  (?s)#0  owners::Tree::sum .*#1 .*owners::Tree::sum .*#2 .*owners::main \(\) at (\S*/)?owners\.rs
continue ; print total  =>  = 300$
continue ; print total  =>  = 321$
print *self  =>  (?s)owners::Tree \{value: 1, left: .*Some\(0x[0-9a-f]+\), right: .*Some\(0x[0-9a-f]+\)\}
finish  =>  Value returned is \$\d+ = 321$
delete ; break owners.rs:{TAKE} ; continue  =>  owners::Wrapper<f64>::take<f64> \(self=0x[0-9a-f]+\) at (\S*/)?owners\.rs:{TAKE}
print *self  =>  owners::Wrapper<f64> \{inner: 2\.5, uses: 1\}
continue ; print *self  =>  (?s)owners::Wrapper<u16>::take<u16>.*owners::Wrapper<u16> \{inner: 6, uses: 101\}
set var self.uses = 7 ; print self.uses  =>  = 7$
delete ; break owners.rs:{SCALE} ; continue  =>  owners::main::\{closure#0\} \(.*n=4\) at (\S*/)?owners\.rs:{SCALE}
print scaled  =>  = 12$
up ; print factor  =>  = 3$
delete ; break owners.rs:{VOLUME} ; continue  =>  owners::.*volume \(self=0x[0-9a-f]+\) at (\S*/)?owners\.rs:{VOLUME}
print self.age  =>  = 9$
finish  =>  Value returned is \$\d+ = 90$
delete ; break owners.rs:{SHOW} ; continue  =>  owners::show<i32> \(thing=7, times=1\)
print text.vec.len  =>  = 3$
continue  =>  owners::show<&str> \(thing=.*, times=2\)
print thing  =>  "s"
whatis thing  =>  type = &str
delete ; break owners.rs:{END} ; continue  =>  owners::main \(\) at (\S*/)?owners\.rs:{END}
print *boxed  =>  = 77$
print numbers.len  =>  = 5$
print name.vec.len  =>  = 5$
whatis numbers  =>  type = alloc::vec::Vec<i32, alloc::alloc::Global>
whatis name  =>  type = alloc::string::String
whatis boxed  =>  type = alloc::boxed::Box<i64, .*>|type = \*mut i64
whatis wrapped  =>  type = owners::Wrapper<f64>
print wrapped  =>  owners::Wrapper<f64> \{inner: 2\.5, uses: 1\}
print small.uses  =>  = 7$
print taken  =>  = 8\.5$
print dog.age  =>  = 9$
print total + scaled  =>  = 334$
ptype tree  =>  (?s)struct owners::Tree \{.*value: i32,.*left: core::option::Option<alloc::boxed::Box<owners::Tree
ptype wrapped  =>  (?s)struct owners::Wrapper<f64> \{.*inner: f64,.*uses: u8,
set var scaled = 1000 ; print scaled  =>  = 1000$
delete ; continue  =>  321 8\.5 1000 90 <7><s><s> owner 77
