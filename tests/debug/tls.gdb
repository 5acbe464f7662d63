break tls.c:{PRINT} ; run  =>  main \(\) at (\S*/)?tls\.c:{PRINT}
print inner  =>  = 4$
print outer + kept  =>  = 12$
set var outer = 50 ; print outer  =>  = 50$
continue  =>  ^4 50 7$
