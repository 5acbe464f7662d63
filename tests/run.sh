#!/bin/bash
# Installs what the tests need and runs every check of the project: format, lints, documentation, and all suites.
#
#   tests/run.sh              everything (docs/testing.md says what that is and how long it takes)
#   PROFILE=dev tests/run.sh  the same with the compiler built for debugging
#
# No step stops the others; the last lines say which failed, and how many tests ran. Reads no standard input.
set -u
ROOT=$(cd "$(dirname "$0")/.." && pwd)
cd "$ROOT" || exit 1
exec </dev/null

# The profile of the suites. The compiler under test is the one that users build, unless that is asked for otherwise.
PROFILE=${PROFILE:-suites}
LOG=$ROOT/target/tests.log
FAILED=()

step() { # NAME COMMAND...
  local start=$SECONDS
  echo "=== $1"
  "${@:2}" || { FAILED+=("$1"); echo "=== $1: FAILED"; }
  echo "=== $1: $((SECONDS - start)) s"
}

build() {
  if [ "$PROFILE" = suites ]; then
    cargo build --release || return
    export WASMAOT=$ROOT/target/release/wasmaot
  fi
  cargo test --workspace --profile "$PROFILE" --no-run
}

suites() {
  # Everything of the workspace: unit tests, and the runners of tests/.
  cargo test --workspace --profile "$PROFILE" --no-fail-fast 2>&1 | tee "$LOG" | grep -v -E '^test .* \.\.\. ok|^$|^running 0 tests|^test result: ok\. 0 passed'
  [ "${PIPESTATUS[0]}" = 0 ]
}

# The specification's assertions once more, in objects for C programs.
handles() {
  cargo test --workspace --profile "$PROFILE" --test spec -- --handle 2>&1 | tee -a "$LOG" | grep -v -E '^test .* \.\.\. ok|^$'
  [ "${PIPESTATUS[0]}" = 0 ]
}

# A part of the suites for other targets, under emulators; tests/emulated.sh all is the whole.
emulated() {
  PROFILE=$PROFILE tests/emulated.sh part 2>&1 | tee -a "$LOG" | grep -v -E '^test .* \.\.\. ok|^$|^running 0 tests|^test result: ok\. 0 passed'
  [ "${PIPESTATUS[0]}" = 0 ]
}

mkdir -p target
step "set-up" tests/setup.sh
step "build" build
step "format" cargo fmt --all --check
step "lints" cargo clippy --workspace --all-targets -- -D warnings
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace --document-private-items
step "suites" suites
step "handle model" handles
step "other targets" emulated

count() { sed -n "s/^test result:.* \([0-9]*\) $1;.*/\1/p" "$LOG" 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }'; }
PASSED=$(count passed) BAD=$(count failed) SKIPPED=$(count ignored)
for name in "${FAILED[@]}"; do
  echo "failed: $name"
done
echo "all of it took $SECONDS s"
# The closing line: a failed step counts as a failed test, also where no test ran in it.
[ ${#FAILED[@]} -gt 0 ] && [ "$BAD" = 0 ] && BAD=${#FAILED[@]}
echo "$PASSED passed, $BAD failed, $SKIPPED skipped"
[ ${#FAILED[@]} = 0 ] && [ "$PASSED" -gt 0 ]
