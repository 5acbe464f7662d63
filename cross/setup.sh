#!/bin/bash
# Adds what is missing to build wasmaot with the runtimes of all targets and to run and debug their programs here:
# Rust's `core` for each target, emulators, gdb for all instruction sets, LLVM's readers and linkers.
#
#   cross/setup.sh              everything in cross/targets.toml
#   cross/setup.sh TARGET...    for these targets only
#   cross/setup.sh --check      installs nothing; says what is missing
#
# Repeatable. Needs Debian 12 or newer (root for apt-get) and rustup. Exit status 1 if something is missing in the end.
set -u
cd "$(dirname "$0")/.." || exit 1
exec </dev/null
export DEBIAN_FRONTEND=noninteractive
TABLE=cross/targets.toml

# Value of a target's key, quotes and brackets removed.
value() { # TARGET KEY
  awk -v target="[$1]" -v key="$2" '
    /^\[/ { inside = $0 == target }
    inside && $1 == key && $2 == "=" { sub(/^[^=]*= */, ""); gsub(/[]["]/, ""); gsub(/, */, " "); print }' $TABLE
}
installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

CHECK=false
[ "${1-}" = --check ] && { CHECK=true; shift; }
KNOWN=$(sed -n 's/^\[\(.*\)\]$/\1/p' $TABLE)
TARGETS=${*:-$KNOWN}
MISSING=()
for target in $TARGETS; do
  grep -qx "$target" <<<"$KNOWN" || { echo "setup: unknown target $target; known:" $KNOWN; exit 2; }
done

packages() {
  local target package
  for target in $TARGETS; do
    for package in $(value "$target" packages); do
      installed "$package" || echo "$package"
    done
  done | sort -u
}
rust_targets() {
  local target name
  for target in $TARGETS; do
    name=$(value "$target" rust)
    [ -d "$(rustc --print sysroot)/lib/rustlib/$name/lib" ] || echo "$name"
  done | sort -u
}

PACKAGES=$(packages)
if [ -n "$PACKAGES" ] && ! $CHECK; then
  echo "setup: apt-get install" $PACKAGES
  # One by one if together they cannot be had: a package that this release lacks must not stop the others.
  apt-get update -q >/dev/null
  apt-get install -q -y --no-install-recommends $PACKAGES >/dev/null ||
    for package in $PACKAGES; do apt-get install -q -y --no-install-recommends "$package" >/dev/null; done
fi
RUST=$(rust_targets)
if [ -n "$RUST" ] && ! $CHECK; then
  echo "setup: rustup target add" $RUST
  rustup target add $RUST
fi
for package in $(packages); do MISSING+=("package $package"); done
for name in $(rust_targets); do MISSING+=("Rust target $name"); done

for target in $TARGETS; do
  emulator=$(value "$target" emulator)
  case $emulator in
    none) state="programs cannot be run here" ;;
    "") state="programs run directly" ;;
    *) state="programs run with $emulator"; command -v "${emulator%% *}" >/dev/null || { MISSING+=("command $emulator"); state="no $emulator"; } ;;
  esac
  echo "setup: $target: $state"
done
[ ${#MISSING[@]} = 0 ] && exit 0
printf 'setup: MISSING: %s\n' "${MISSING[@]}"
exit 1
