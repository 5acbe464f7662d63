# What is more than 16 bytes is where gdb does not look on AArch64.
!local break arrays::grid ; run ; finish  =>  Value returned is \$\d+ = \[\[1, 1, 1\], \[1, 9, 1\], \[1, 1, 1\], \[1, 1, 1\]\]$
!local print $[1][1]  =>  = 9$
!remote break arrays::two ; run ; finish  =>  Value returned is \$\d+ = \[3, 4\]$
!local break arrays::two ; continue ; finish  =>  Value returned is \$\d+ = \[3, 4\]$
# Native Rust returns this in another way than gdb thinks.
!wasm break arrays::few ; continue ; finish  =>  Value returned is \$\d+ = \[5, 6, 7\]$
break arrays::texts ; continue ; finish  =>  Value returned is \$\d+ = \["one", "two"\]$
delete ; continue  =>  exited normally
