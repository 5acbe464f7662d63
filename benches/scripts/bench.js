// Calls, objects, strings, typed arrays: half a second or so.
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
print(fib(25));
const counts = new Map();
for (let i = 0; i < 200000; i++) { const k = "k" + (i * 7919) % 1009; counts.set(k, (counts.get(k) || 0) + i) }
print(counts.size, counts.get("k17"));
const a = new Float64Array(100000);
for (let r = 0; r < 10; r++) for (let i = 0; i < a.length; i++) a[i] = a[i] * 0.5 + Math.sqrt(i + r);
print(a[99999].toFixed(6));
const list = Array.from({ length: 50000 }, (_, i) => ({ id: i, v: (i * 48271) % 65537 }));
list.sort((x, y) => x.v - y.v);
print(list[25000].id, JSON.stringify(list.slice(0, 3)));
print("the quick brown fox ".repeat(5000).replace(/[aeiou]/g, c => c.toUpperCase()).length);
