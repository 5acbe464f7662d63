// Exit codes that wasmtime refuses are as those of a native program: the low eight bits.
#include <wasi/api.h>

int main(void) { __wasi_proc_exit(0x1234FE); }
