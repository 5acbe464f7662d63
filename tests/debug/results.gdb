break few ; run ; finish  =>  Value returned is \$\d+ = \{items = \{1, 2, 3\}\}$
# Floating-point numbers that are a part each, and results of more bytes, are where gdb does not look on AArch64.
!local break many ; continue ; finish  =>  Value returned is \$\d+ = \{items = \{2\.5, 1, 2, 3\}\}$
break one ; continue ; finish  =>  Value returned is \$\d+ = \{items = \{3\}\}$
break grid ; continue ; finish  =>  Value returned is \$\d+ = \{items = \{\{4, 2, 3\}, \{4, 5, 6\}\}\}$
break names ; continue  =>  names \(\) at results\.cpp
!native finish  =>  Value returned is \$\d+ = \{items = \{0x[0-9a-f]+ "one", 0x[0-9a-f]+ "two"\}\}$
!wasm finish  =>  Value returned is \$\d+ = \(Names &\) @0x[0-9a-f]+: \{items = \{@0x[0-9a-f]+, @0x[0-9a-f]+\}\}$
print $.items[1]  =>  "two"$
break ended ; continue  =>  ended \(n=7\) at results\.cpp
# Here gdb does not look for what C++ returns by reference.
!local finish  =>  Value returned is \$\d+ = \{x = 7\}$
!remote finish  =>  Value returned is \$\d+ = \(Ended &\) @0x[0-9a-f]+: \{x = 7\}$
break copied ; continue  =>  copied \(n=8\) at results\.cpp
!local finish  =>  Value returned is \$\d+ = \{a = 8, b = 9\}$
!remote finish  =>  Value returned is \$\d+ = \(Copied &\) @0x[0-9a-f]+: \{a = 8, b = 9\}$
!local break longer ; continue ; finish  =>  Value returned is \$\d+ = \{<Ended> = \{x = 9\}, y = 1\.5, z = 2\.5\}$
break pointing ; continue ; finish  =>  Value returned is .*\{x = 10, to = 0x[0-9a-f]+ <target>\}|Value returned is .*\{x = 10, to = 0x[0-9a-f]+\}
break based ; continue ; finish  =>  Value returned is .*\{<Counted> = \{count = 11, on = true\}, <Nothing> = \{<No data fields>\}, <No data fields>\}$
delete ; break take ; continue ; print few.items[2] + one.items[0]  =>  = 6$
continue  =>  exited normally
