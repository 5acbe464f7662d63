# flags: -O0 --dwarf=4
break structs.c:{END} ; run  =>  main \(\) at structs\.c:{END}
print holder  =>  = \{before = 6, this = 77\}$
print shapes[0].name  =>  "door"
print shapes[1].size  =>  \{width = 40, height = 50\}
print shapes[0].pairs  =>  \{\{first = 1, second = -1\}, \{first = 2, second = 5000000000\}\}
print wall->pairs[1].first  =>  = -5$
print *wall  =>  name = 0x[0-9a-f]+ "wall", size = \{width = 40, height = 50\}, tag = \{whole = 8\b
print wall == &shapes[1]  =>  = 1$
print wall - shapes  =>  = 1$
print (wall - 1)->name  =>  "door"
print copy  =>  \{first = 2, second = 5000000000\}
print settings  =>  \{ready = 1, mode = 5, delta = -3, level = HIGH\}
print settings.delta + 1  =>  = -2$
print rights  =>  READ \| EXECUTE
print (enum level) -1  =>  = LOW
print one  =>  whole = 1065353216, real = 1, bytes = "\\000\\000\\200\?"
print/x one.bytes  =>  \{0x0, 0x0, 0x80, 0x3f\}
print/u raw  =>  \{1, 200, 255\}
print grid  =>  \{\{1, 2, 3\}, \{4, 5, 6\}\}
print grid[1]  =>  = \{4, 5, 6\}
print small  =>  = -2\b
print yes  =>  = true
print sizeof(pair_t)  =>  = 16$
print wall->area  =>  0x[0-9a-f]+ <rectangle>
whatis wall->area  =>  type = int \(\*\)\(const struct shape \*\)
whatis copy  =>  type = pair_t
whatis &shapes[0]  =>  type = struct shape \*
whatis settings  =>  type = const struct flags
whatis raw  =>  type = volatile byte \[3\]
whatis grid  =>  type = int \[2\]\[3\]
ptype byte  =>  type = unsigned char
ptype pair_t  =>  (?s)type = struct pair \{\s+short first;\s+long long second;\s+\}
ptype struct flags  =>  (?s)unsigned int ready : 1;\s+unsigned int mode : 3;\s+int delta : 5;\s+enum level level;
ptype enum level  =>  type = enum level \{LOW = -1, MIDDLE, HIGH = 10\}
ptype union number  =>  (?s)type = union number \{\s+int whole;\s+float real;\s+byte bytes\[4\];
!native ptype struct shape  =>  (?s)const char \*name;\s+struct \{\s+int width;\s+int height;\s+\} size;\s+union number tag;\s+pair_t pairs\[2\];\s+int \(\*area\)\(const struct shape \*\);
!wasm ptype struct shape  =>  (?s)char const\* name;\s+struct \{\s+int width;\s+int height;\s+\} size;\s+union number tag;\s+pair_t pairs\[2\];\s+int \(\*\)\(const struct shape \*\) area;
ptype rectangle  =>  type = int \(const struct shape \*\)
whatis rectangle  =>  type = int \(const struct shape \*\)
set var shapes[0].size.height = 30 ; print shapes[0].size  =>  width = 2, height = 30\b
set var copy.second = -7 ; print copy  =>  first = 2, second = -7\b
set var one.bytes[3] = 0xbf ; print one.real  =>  = -1$
set var rights = WRITE ; print rights  =>  = WRITE
set var grid[1][2] = 60 ; print grid  =>  \{4, 5, 60\}
info line rectangle  =>  Line \d+ of "structs\.c"
info symbol rectangle  =>  rectangle
# The value of a pointer is computed.
!native info scope rectangle  =>  Symbol s is a variable
!wasm info scope rectangle  =>  Symbol s is a complex DWARF expression
info types pair_t  =>  typedef struct pair pair_t
info variables settings  =>  const struct flags settings;
info functions ^rectangle$  =>  static int rectangle\(const struct shape \*\);
delete ; continue  =>  2006 2 2 -1082130432 -2 1
