break handlers.rs:{STOP} ; run  =>  handlers::main
print handler  =>  run: 0x[0-9a-f]+ <handlers::plus>, name: "mul"\}
print pair  =>  = \(0x[0-9a-f]+ <handlers::plus>, "pair"\)
print handler.name  =>  = "mul"
print some  =>  Some\(0x[0-9a-f]+ <handlers::plus>\)
