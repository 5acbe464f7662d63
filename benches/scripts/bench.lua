-- Calls, tables, strings, floats: half a second natively.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(29))
local t = {}
for i = 1, 300000 do t[i] = (i * 7919) % 1000003 end
table.sort(t)
local sum = 0
for i = 1, #t, 1000 do sum = sum + t[i] end
print(sum)
local parts = {}
for i = 1, 100000 do parts[#parts + 1] = string.format("%d:%x", i, i * i) end
local s = table.concat(parts, ",")
local digits = 0
for d in s:gmatch("%d+:") do digits = digits + #d end
print(#s, digits)
local x = 0.0
for i = 1, 3000000 do x = x + math.sin(i) * 0.5 end
print(string.format("%.6f", x))
