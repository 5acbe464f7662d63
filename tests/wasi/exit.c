// An exit code is passed on.
#include <wasi/api.h>

int main(void) { __wasi_proc_exit(77); }
