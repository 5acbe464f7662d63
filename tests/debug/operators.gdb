break {ADD} ; break {EQUAL} ; break {MAIN} ; run  =>  operators\.cpp:{ADD}
print x + y  =>  = 3$
print other.x * this->x  =>  = 3$
continue  =>  operators\.cpp:{EQUAL}
print x - other.x  =>  = 1$
continue  =>  operators\.cpp:{MAIN}
delete ; print c[0] + a[1]  =>  = 7$
print c * 2.0  =>  = 10$
!native print a == b  =>  = false$
!wasm print a == b  =>  Cannot resolve function operator== to any overloaded instance
!native ptype Pair  =>  bool operator==\(Pair\) const;
!wasm ptype Pair  =>  bool operator==\(Pair const\) const;
