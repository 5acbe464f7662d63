# flags: -O0 --dwarf=4
# flags: -O0 --debug-file program.debug
# gdb 13 fails an assertion when it prints all of such an array at once, also on the native build.
!wasm tbreak main ; run  =>  values::main \(\) at (\S*/)?values\.rs
!native break values.rs:{SHAPES} ; run  =>  values::areas \(\) at (\S*/)?values\.rs:{SHAPES}
!wasm break values.rs:{SHAPES} ; continue  =>  values::areas \(\) at (\S*/)?values\.rs:{SHAPES}
print shapes[0]  =>  values::Shape::Nothing
print shapes[1]  =>  values::Shape::Circle\(2\)
print shapes[2]  =>  values::Shape::Rectangle\{width: 3, height: 5\}
print shapes[3]  =>  values::Shape::Named\("box", -9\)
print shapes[2].height  =>  = 5$
ptype shapes[1]  =>  (?s)enum values::Shape \{.*Nothing,.*Circle\(f32\),.*Rectangle\{width: u32, height: u32\},.*Named\(&str, i64\),
break values.rs:{END} ; continue  =>  values::main \(\) at (\S*/)?values\.rs:{END}
print byte  =>  = 200$
print tiny  =>  = -3$
print big  =>  = -5000000000$
print huge  =>  = -170141183460469231731$
print ratio  =>  = 0\.25$
print letter  =>  = 120 'x'
print truth  =>  = true
print pair  =>  = \(7, 2\.5, 113 'q'\)
print pair.0  =>  = 7$
print pair.1  =>  = 2\.5$
print point  =>  values::Point \{x: -4, y: 1\.5\}
print point.x  =>  = -4$
print point.y  =>  = 1\.5$
print length  =>  values::Meters \(300\)
print length.0  =>  = 300$
print level  =>  High
print array  =>  \[10, 20, 30, 40\]
print array[2]  =>  = 30$
print slice.length  =>  = 2$
print *slice.data_ptr  =>  = 20$
print *slice.data_ptr@2  =>  \[20, 30\]
print slice[1]  =>  = 30$
print text  =>  "hello rust"
print text.length  =>  = 10$
print grid  =>  \[\[1, 2\], \[3, 4\]\]
print *reference  =>  values::Point \{x: -4, y: 1\.5\}
print reference.x  =>  = -4$
print some  =>  Option<u32>::Some\(17\)
print none  =>  Option<u32>::None
print unit  =>  = \(\)
print sum  =>  = 61$
print counter  =>  = 6$
print values::LIMIT  =>  = 44$
print values::COUNTER  =>  = 6$
print LIMIT + point.x  =>  = 40$
print array[1] == slice[0]  =>  = true
print byte as i32 + 100  =>  = 300$
whatis big  =>  type = i64
whatis huge  =>  type = i128
whatis letter  =>  type = char
whatis text  =>  type = &str
whatis slice  =>  type = &\[i32\]
whatis array  =>  type = \[i32; 4\]
whatis pair  =>  type = \(i32, f64, char\)
whatis point  =>  type = values::Point
whatis reference  =>  type = \*mut values::Point
whatis some  =>  type = core::option::Option<u32>
ptype point  =>  (?s)type = struct values::Point \{.*x: i32,\s+y: f64,
ptype length  =>  (?s)type = struct values::Meters \(\s+u16,
ptype level  =>  (?s)enum values::Level .*\{.*Low.*High
info locals  =>  (?s)counter = 6.*some = .*text = .*array = .*point = .*byte = 200
set var point.x = 14 ; print point  =>  \{x: 14, y: 1\.5\}
set var array[0] = -1 ; print array  =>  \[-1, 20, 30, 40\]
set var values::COUNTER = 60 ; print values::COUNTER  =>  = 60$
info line values::area  =>  Line \d+ of "(\S*/)?values\.rs"
info functions values::area  =>  fn values::area\(&?\*?(mut )?values::Shape, f32\) -> f32;
kill ; delete ; break values.rs:{AREA} if result > 14.0 ; run  =>  values::area \(shape=0x[0-9a-f]+, scale=2\) at (\S*/)?values\.rs:{AREA}
print result  =>  = 15$
print *shape  =>  values::Shape::Rectangle\{width: 3, height: 5\}
info args  =>  (?s)shape = .*scale = 2$
info locals  =>  result = 15$
bt  =>  (?s)#0 .*values::area \(shape=0x[0-9a-f]+, scale=2\).*values::main \(\) at (\S*/)?values\.rs
finish  =>  Value returned is \$\d+ = 30$
delete ; break values.rs:{END} ; continue  =>  values::main \(\)
delete ; continue  =>  (?s)61 70 hello rust right.*\(\) 1\.5 6
