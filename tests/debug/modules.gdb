break modules.rs:{TOTAL} ; break modules.rs:{LENGTHS} ; break modules.rs:{SUM} ; run  =>  shop::sums::all \(numbers=.*\) at modules\.rs:{SUM}
print *number  =>  = 1$
print numbers[1]  =>  = 2$
continue 2 ; print *number  =>  = 3$
continue  =>  shop::sums::lengths
print first  =>  = "abc"$
print *more  =>  = 7$
print second.vec.len  =>  = 5$
up ; print sum  =>  = 6$
print item.name  =>  = "one"$
print item.price  =>  = 3$
continue  =>  shop::Item::total
print self.name  =>  = "one"$
print self.price + 1  =>  = 4$
