break captured.cpp:{INSIDE} ; run  =>  at captured\.cpp:{INSIDE}
print numbers[2]  =>  = 3$
print *numbers@2  =>  = \{1, 2\}$
print sizeof(numbers)  =>  = 12$
print numbers  =>  \{1, 2, 3\}$
print grid[1][2]  =>  = 6$
print grid[0]  =>  = \{1, 2, 3\}$
print points[1].y  =>  = 4$
print points[0]  =>  = \{x = 1, y = 2\}$
print text  =>  "hello"$
print color == 1  =>  = true$
print color  =>  GREEN$
print size  =>  Size::LARGE$
set var numbers[1] = 20 ; print numbers  =>  \{1, 20, 3\}$
set var color = BLUE ; print color  =>  BLUE$
print k + numbers[1]  =>  = 30$
up 2 ; print numbers[1]  =>  = 20$
print holder.numbers[1]  =>  = 20$
print holder.color  =>  BLUE$
print holder.size  =>  Size::LARGE$
print &holder.numbers[1] == &numbers[1]  =>  = true$
print cells[1].others[0].id  =>  = 1$
delete ; break captured.cpp:{CALL} ; continue  =>  call \(meter=.*\) at (\S*/)?captured\.cpp:{CALL}
print meter.value  =>  = 7$
info args  =>  (?s)meter = .*method = 
