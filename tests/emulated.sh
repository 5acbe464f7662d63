#!/bin/bash
# Runs the suites for the targets that this machine has an emulator for.
#
#   tests/emulated.sh                   a chosen part of each suite, for each target: some minutes
#   tests/emulated.sh all               everything: half an hour on two cores
#   tests/emulated.sh all TARGET...     the same for these targets (aarch64-linux, riscv64-linux, riscv64-linux+v, x86_64-windows)
#
# PROFILE and WASMAOT as in tests/run.sh, which runs the chosen part. Exit status 1 if anything failed.
set -u
cd "$(dirname "$0")/.." || exit 1
PROFILE=${PROFILE:-dev}
HOW=${1:-part}
shift
TARGETS=${*:-aarch64-linux riscv64-linux riscv64-linux+v x86_64-windows}
STATUS=0

suite() { # NAME ARGUMENT...
  echo "=== $TARGET: $*"
  cargo test --workspace --profile "$PROFILE" --test "$1" -- "${@:2}" || STATUS=1
}

part() {
  suite wasi
  suite programs hello rust-json sqlite3-shell lua-exit
  CSMITH_SEEDS=1-5 suite csmith
  suite spec wasm-v3/{i64,f32,float_exprs,conversions,call_indirect,memory_grow,memory_copy,table_init,br_table,traps,unreachable}.wast \
    tail-call/ simd/simd_{i32x4_arith2,f64x2_rounding,lane,load_extend,conversions}.wast own/
}

all() {
  suite wasi
  suite programs
  suite csmith
  suite spec
  suite spec -O0
}

for TARGET in $TARGETS; do
  unset RUNNER WASMAOT_FLAGS
  case $HOW-$TARGET in
    part-riscv64-linux+v | all-riscv64-linux+v)
      # The vector extension is off in qemu and in wasmaot, unless it is asked for.
      export TARGET=riscv64-linux RUNNER="qemu-riscv64 -R 0x4000000000 -cpu rv64,v=true,vext_spec=v1.0" WASMAOT_FLAGS="--cpu +v"
      if [ "$HOW" = all ]; then
        suite programs
        suite spec --cpu +v
      else
        suite spec simd/simd_{i32x4_arith2,f64x2_rounding,lane,load_extend,conversions}.wast --cpu +v
      fi
      ;;
    part-* | all-*)
      export TARGET
      "$HOW"
      ;;
    *)
      echo "emulated: $HOW: part or all" >&2
      exit 2
      ;;
  esac
done
exit $STATUS
