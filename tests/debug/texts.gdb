# flags: -O0 --dwarf=4
break texts.rs:{COUNT} ; run  =>  texts::count \(text=\.\.\., wanted=111 'o'\) at texts\.rs:{COUNT}
print text  =>  = "hello world"$
print text.length  =>  = 11$
print text[1]  =>  = 101$
info args  =>  (?s)text = "hello world".*wanted = 111 'o'
finish  =>  Value returned is \$\d+ = 2$
break texts.rs:{LONGEST} ; continue ; print second  =>  = "hi"$
finish  =>  Value returned is \$\d+ = "hello world"$
break texts.rs:{BUMP} ; continue ; print numbers  =>  &mut \[i32\] \[15, 25, 35\]$
print numbers[2]  =>  = 35$
set var numbers[1] = 99 ; print numbers  =>  \[15, 99, 35\]$
break texts.rs:{TOTAL} ; continue ; print name.vec.len  =>  = 8$
print *name.vec.buf.inner.ptr.pointer.pointer@8  =>  = \[98, 121, 32, 118, 97, 108, 117, 101\]$
print corner  =>  texts::Point \{x: 2\.5, y: 1\.5\}$
print sides  =>  = \[1, 2, 3, 4, 5\]$
finish  =>  Value returned is \$\d+ = 15$
# Results with floating-point numbers are known on x86-64 only; elsewhere, nothing is shown.
!local break texts.rs:{PAIR} ; continue ; finish  =>  Value returned is \$\d+ = \(9, 4\.5\)$
!remote break texts.rs:{PAIR} ; continue ; finish  =>  pair\(9\);\s*\z
!local break texts.rs:{POINT} ; continue ; finish  =>  Value returned is \$\d+ = texts::Point \{x: 4\.25, y: 0\.5\}$
break texts.rs:{JOIN} ; continue ; print words  =>  &\[&str\] \["beta", "gamma"\]$
print words[1]  =>  = "gamma"$
finish  =>  (?s)Value returned is \$\d+ = alloc::string::String \{.*, len: 10\}\}$
break texts.rs:{SHORT} ; continue ; print text  =>  = "abc"$
print short  =>  core::option::Option<&str>::Some\("abc"\)$
break texts.rs:{END} ; continue ; print person  =>  texts::Person \{name: "Ada", age: 36, tags: &\[&str\] \["math", "code"\], nick: core::option::Option<&str>::Some\("countess"\)\}$
print person.tags[1]  =>  = "code"$
print people[0].name  =>  = "Ada"$
print people[1].nick  =>  Option<&str>::None$
print people[0].nick  =>  core::option::Option<&str>::Some\("countess"\)$
whatis people[1]  =>  type = texts::Person$
print found as u8 + 1  =>  = 3$
ptype person  =>  (?s)struct texts::Person \{.*name: &str,.*age: u8,.*tags: &\[&str\],.*nick: core::option::Option<&str>,
print words  =>  = \["alpha", "beta", "gamma"\]$
print words[1]  =>  = "beta"$
print words[2].length  =>  = 5$
print pair_of_texts  =>  = \("left", 5, "right"\)$
print fine  =>  core::result::Result<&str, i32>::Ok\("fine"\)$
print texts::GREETING  =>  = "good morning"$
print texts::WORDS  =>  = \["one", "two", "three"\]$
print shortest  =>  core::option::Option<&str>::Some\("abc"\)$
delete ; continue  =>  2 hello world 15 4\.5 20 beta\+gamma
