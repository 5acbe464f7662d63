break second.cpp:{STOP} ; run  =>  main \(\) at second\.cpp:{STOP}
print both  =>  a = 1\}.*b = 2, name = .*c = 3\}$
print second->two()  =>  = 5$
print first->one()  =>  = 4$
print reference.two()  =>  = 5$
print second->name  =>  "second"$
