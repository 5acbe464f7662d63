//! WASI preview 1: the 46 functions as `extern "C"` symbols `wasmaot_p1_*` (table: [`wasmaot_abi::wasip1`]).
