# flags: -O2
# flags: -O2 --memory-base=register
# flags: -O2 --target aarch64-linux
# flags: -O0 --memory-base=register
!native print limits  =>  = \{5, 10, 15\}$
!wasm print limits  =>  ^Cannot access memory at address 0x
!wasm print limits[1]  =>  ^Cannot access memory at address 0x
!wasm print named  =>  ^Cannot access memory at address 0x
!wasm print count  =>  ^Cannot access memory at address 0x
!wasm print text  =>  ^Cannot access memory at address 0x
!wasm print *last  =>  ^Cannot access memory at address 0x
!wasm x/2dw &limits  =>  Cannot access memory at address 0x
break {START} ; run  =>  early\.c:{START}
print limits  =>  = \{5, 10, 15\}$
print count  =>  = 0$
print text  =>  "some text"
print *last  =>  = 15$
print &limits[1] == last - 1  =>  = 1$
kill  =>  killed
!wasm print limits  =>  ^Cannot access memory at address 0x
!wasm print text  =>  ^Cannot access memory at address 0x
