/* wasmaot.h: what C programs use to run modules that wasmaot compiled to objects, archives and shared libraries.
 *
 * `wasmaot compile filter.wasm --emit=obj -o filter.o --header filter.h` writes a header with a typed interface to one
 * module; it includes this file. C99 and C++. The guide is docs/embedding.md.
 *
 * An instance is used by one thread at a time; different instances by different threads at once. Nothing here is called
 * from signal handlers but wasmaot_try_handle (on Windows: from handlers of exceptions but wasmaot_try_handle_exception).
 */
#ifndef WASMAOT_H
#define WASMAOT_H

#include <stddef.h>
#include <stdint.h>
#ifdef _WIN32
#include <io.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. A module that was compiled for another one does not link: its object refers to the
 * symbol wasmaot_abi_N. */
#define WASMAOT_ABI_VERSION 4

/* ---- Status ------------------------------------------------------------------------------------------------------- */

/* What a call, or making an instance, came to. */
typedef enum wasmaot_status {
    WASMAOT_OK = 0,
    /* Traps: reasons for which WebAssembly code stops (specification, 4.4). */
    WASMAOT_TRAP_UNREACHABLE = 1,
    WASMAOT_TRAP_MEMORY_OUT_OF_BOUNDS = 2,
    WASMAOT_TRAP_TABLE_OUT_OF_BOUNDS = 3,
    WASMAOT_TRAP_UNINITIALIZED_ELEMENT = 4,
    WASMAOT_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 5,
    WASMAOT_TRAP_INTEGER_OVERFLOW = 6,
    WASMAOT_TRAP_INTEGER_DIVIDE_BY_ZERO = 7,
    WASMAOT_TRAP_INVALID_CONVERSION_TO_INTEGER = 8,
    WASMAOT_TRAP_CALL_STACK_EXHAUSTED = 9,
    WASMAOT_TRAP_NULL_REFERENCE = 10,
    /* wasmaot_interrupt, or a deadline. */
    WASMAOT_TRAP_INTERRUPT = 11,
    WASMAOT_TRAP_UNDEFINED_ELEMENT = 12,
    WASMAOT_TRAP_UNALIGNED_ATOMIC = 13,
    /* The host ended the call: wasmaot_fail or wasmaot_throw. */
    WASMAOT_HOST_ERROR = 32,
    /* The program called proc_exit; wasmaot_exit_code tells its argument. */
    WASMAOT_EXIT = 33,
    /* A WASI function was called within a stream, clock or random function of the host, for the same instance. */
    WASMAOT_BUSY = 34,
    /* Making an instance failed, before any WebAssembly code ran. */
    WASMAOT_NO_ADDRESS_SPACE = 64,
    WASMAOT_NO_MEMORY = 65,
    WASMAOT_LIMIT = 66,
    /* An import is missing: a null pointer in the structure of imports. */
    WASMAOT_MISSING_IMPORT = 67,
    /* An imported memory or table is smaller, or an import of another type, than the module says. */
    WASMAOT_INCOMPATIBLE_IMPORT = 68,
    /* The module was compiled for another version of this interface. */
    WASMAOT_VERSION = 69,
    /* A folder that the WASI configuration grants cannot be opened. */
    WASMAOT_NOT_GRANTED = 70
} wasmaot_status;

/* A line that says what a status is: "out of bounds memory access". Never null. */
const char *wasmaot_status_message(wasmaot_status status);

/* ---- Values ------------------------------------------------------------------------------------------------------- */

/* A 128-bit vector, its bytes as in linear memory. */
typedef struct wasmaot_v128 {
    uint8_t bytes[16];
} wasmaot_v128;

/* A reference to a function of an instance; null for ref.null. The host may keep it while that instance is valid. */
typedef struct wasmaot_func *wasmaot_funcref;

/* Any pointer of the host; null for ref.null. */
typedef void *wasmaot_externref;

/* Any value: parameters and results of calls that the headers make. */
typedef union wasmaot_value {
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    wasmaot_v128 v128;
    wasmaot_funcref funcref;
    wasmaot_externref externref;
    uint64_t words[2];
} wasmaot_value;

/* ---- Instances ---------------------------------------------------------------------------------------------------- */

/* An instance of any module: each NAME_instance can be cast to it. */
typedef struct wasmaot_instance wasmaot_instance;

/* A compiled module: NAME_module. */
typedef struct wasmaot_module wasmaot_module;

/* What preview 1 of WASI gets from the host; see below. */
typedef struct wasmaot_wasi_config wasmaot_wasi_config;

/* How an instance is made. Zeroed, or a null pointer in its place, it is the default. */
typedef struct wasmaot_config {
    /* Bytes that each memory of the instance may have; 0 is no limit but its type's. */
    uint64_t max_memory;
    /* Elements that each of its tables may have; 0 is no limit but their types'. */
    uint64_t max_table_elements;
    /* Bytes of the thread's stack that a call may use; 0 is 512 KiB. The thread must have 256 KiB more. */
    uint64_t max_stack;
    /* What its WASI functions may do; null: nothing, each answers ENOTCAPABLE or as if there were nothing. Copied. */
    const wasmaot_wasi_config *wasi;
    /* WASMAOT_CONFIG_* bits. */
    uint32_t flags;
    uint32_t reserved;
} wasmaot_config;

/* No handlers are installed: the host's own call wasmaot_try_handle, or wasmaot_try_handle_exception. */
#define WASMAOT_CONFIG_NO_HANDLERS 1u

/* Makes an instance; NAME_new calls it. `imports` is the module's structure of imports. On failure *instance is null, and
 * wasmaot_last_error says more. */
wasmaot_status wasmaot_new(const wasmaot_module *module, const wasmaot_config *config, const void *imports,
                           wasmaot_instance **instance);

/* Ends an instance and frees what it has. Null is allowed. No call in it may be running. What others import from it
 * stays until they are deleted, too; calls through references to its functions trap from now on. */
void wasmaot_delete(wasmaot_instance *instance);

/* A line about the last failure of wasmaot_new on this thread: "import env.log is missing". Never null. */
const char *wasmaot_last_error(void);

/* The host's own pointer, kept with the instance; null at first. */
void *wasmaot_user_data(const wasmaot_instance *instance);
void wasmaot_set_user_data(wasmaot_instance *instance, void *data);

/* ---- Calls that return a status ----------------------------------------------------------------------------------- */

/* A function with its parameters and results in cells; the generated NAME_try_* functions call it so. */
typedef void (*wasmaot_cells_function)(void *instance, wasmaot_value *cells);

/* Calls a function. A trap in it, or in what it calls, abandons everything up to here and is the status; the instance
 * can be called again. */
wasmaot_status wasmaot_call(wasmaot_instance *instance, wasmaot_cells_function function, wasmaot_value *cells);

/* About the last call of this instance that did not return WASMAOT_OK. */

/* What went wrong: the trap's message, or the host's. Never null. */
const char *wasmaot_message(const wasmaot_instance *instance);

/* The argument of proc_exit after WASMAOT_EXIT. */
int32_t wasmaot_exit_code(const wasmaot_instance *instance);

/* A frame of WebAssembly code. */
typedef struct wasmaot_frame {
    /* Index of the function in its module; UINT32_MAX for code that is none. */
    uint32_t function;
    /* 1 if `offset` is known. */
    uint32_t has_offset;
    /* Byte offset of the instruction in the module's file. */
    uint64_t offset;
    /* The function's name; null if the module has none. Valid while the module is. */
    const char *name;
    /* The module's name, as --name has it. */
    const char *module;
} wasmaot_frame;

/* Number of frames of the backtrace, at most 64. */
size_t wasmaot_frame_count(const wasmaot_instance *instance);

/* A frame, 0 being the innermost. Returns 0 if there is no such frame. */
int wasmaot_frame_at(const wasmaot_instance *instance, size_t index, wasmaot_frame *frame);

/* A place in the source, of a module compiled with -g. */
typedef struct wasmaot_source {
    /* The function's name, as people write it; null if it has none. All names are valid while the module is. */
    const char *function;
    /* The file; null if it is not known. */
    const char *file;
    /* Line and column, from 1; 0 if they are not known. */
    uint32_t line;
    uint32_t column;
    /* 1 if the function is one whose body was put in the place of a call of it. */
    uint32_t inlined;
} wasmaot_source;

/* The places that a frame stands for: depth 0 is the innermost inlined function, the next one that which it was inlined in;
 * the last is the frame's own function. Returns 0 if there is no such place. */
int wasmaot_source_at(const wasmaot_instance *instance, size_t index, size_t depth, wasmaot_source *source);

/* ---- For functions of the host that WebAssembly code calls --------------------------------------------------------- */

/* Ends the innermost running checked call of this thread as soon as the host function returns: its status is
 * WASMAOT_HOST_ERROR, its message this text (copied, 127 bytes of it). The value returned is ignored. */
void wasmaot_fail(wasmaot_instance *instance, const char *message);

/* The same, without returning: the host function's own frame is abandoned as by longjmp. */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void wasmaot_throw(wasmaot_instance *instance, const char *message);

/* ---- Interrupting ------------------------------------------------------------------------------------------------- */

/* Makes the running call of an instance trap with WASMAOT_TRAP_INTERRUPT at its next check, or the next call if none is
 * running. From any thread, and from signal handlers. Only modules compiled with --interruptible check. */
void wasmaot_interrupt(wasmaot_instance *instance);

/* ---- Signals ------------------------------------------------------------------------------------------------------ */

#ifndef _WIN32
/* For hosts with signal handlers of their own, installed with SA_SIGINFO for SIGSEGV, SIGBUS, SIGILL, SIGFPE and
 * SIGTRAP: returns 1 if the fault was one of WebAssembly code; the handler must then return at once. */
int wasmaot_try_handle(int signal, void *siginfo, void *context);
#else
/* For hosts with handlers of exceptions of their own, vectored ones or filters (__except), that come before the library's:
 * `pointers` is their EXCEPTION_POINTERS. Returns 1 if the exception was one of WebAssembly code; the handler must then return
 * EXCEPTION_CONTINUE_EXECUTION at once. */
int wasmaot_try_handle_exception(void *pointers);
#endif

/* ---- Memories, tables, globals ------------------------------------------------------------------------------------ */

/* A linear memory, of an instance's export. It may be given to another instance as an import. */
typedef struct wasmaot_memory wasmaot_memory;

/* Its first byte: never moves. Bytes beyond the size must not be touched. */
uint8_t *wasmaot_memory_base(const wasmaot_memory *memory);

/* Its size in bytes. */
uint64_t wasmaot_memory_size(const wasmaot_memory *memory);

/* Grows by pages. Returns the old size in pages, or UINT64_MAX. */
uint64_t wasmaot_memory_grow(wasmaot_memory *memory, uint64_t pages);

/* The bytes at `offset`, if there are `length` of them; else null. */
void *wasmaot_memory_at(const wasmaot_memory *memory, uint64_t offset, uint64_t length);

/* A table, of an instance's export. It may be given to another instance as an import. */
typedef struct wasmaot_table wasmaot_table;

/* Its size in elements. */
uint64_t wasmaot_table_size(const wasmaot_table *table);

/* Grows by elements. Returns the old size, or UINT64_MAX. */
uint64_t wasmaot_table_grow(wasmaot_table *table, void *element, uint64_t elements);

/* Reads or writes an element; returns 0 if there is none of this index. */
int wasmaot_table_get(const wasmaot_table *table, uint64_t index, void **element);
int wasmaot_table_set(wasmaot_table *table, uint64_t index, void *element);

/* ---- WASI preview 1 ------------------------------------------------------------------------------------------------ */

/* Nothing is granted by default: no arguments, no environment, no folders; standard streams are as /dev/null. */
wasmaot_wasi_config *wasmaot_wasi_config_new(void);
void wasmaot_wasi_config_delete(wasmaot_wasi_config *config);

/* Each of these copies its texts. */
void wasmaot_wasi_config_arg(wasmaot_wasi_config *config, const char *argument);
void wasmaot_wasi_config_env(wasmaot_wasi_config *config, const char *name, const char *value);

/* Grants a folder of the host under a name; the folder is opened when an instance is made. */
#define WASMAOT_WASI_READ_ONLY 1u
void wasmaot_wasi_config_dir(wasmaot_wasi_config *config, const char *host, const char *guest, uint32_t flags);

/* Standard streams: a file descriptor of the host, which stays the host's, ... */
#ifndef _WIN32
void wasmaot_wasi_config_stream_fd(wasmaot_wasi_config *config, int stream, int fd);
#else
/* (Windows knows handles, of which instances take copies; descriptors are the C library's, so this is compiled with it.) */
void wasmaot_wasi_config_stream_handle(wasmaot_wasi_config *config, int stream, void *handle);
static inline void wasmaot_wasi_config_stream_fd(wasmaot_wasi_config *config, int stream, int fd)
{
    wasmaot_wasi_config_stream_handle(config, stream, (void *)_get_osfhandle(fd));
}
#endif

/* ... or a function. `read` fills up to `length` bytes and returns how many, 0 at the end; `write` takes some and returns
 * how many; a negative value is an error. */
/* (These functions, and those for clocks and random bytes, must not run code of the same instance that uses WASI: that ends
 * the call with WASMAOT_BUSY.) */
typedef int64_t (*wasmaot_wasi_read)(void *context, void *bytes, size_t length);
typedef int64_t (*wasmaot_wasi_write)(void *context, const void *bytes, size_t length);
void wasmaot_wasi_config_stdin(wasmaot_wasi_config *config, wasmaot_wasi_read read, void *context);
void wasmaot_wasi_config_stdout(wasmaot_wasi_config *config, wasmaot_wasi_write write, void *context);
void wasmaot_wasi_config_stderr(wasmaot_wasi_config *config, wasmaot_wasi_write write, void *context);

/* The standard streams of the host process. */
void wasmaot_wasi_config_inherit_stdio(wasmaot_wasi_config *config);

/* Clocks: nanoseconds of a clock (preview 1's numbers: 0 realtime, 1 monotonic, 2 process, 3 thread). The default is the
 * system's. */
typedef uint64_t (*wasmaot_wasi_clock)(void *context, uint32_t clock);
void wasmaot_wasi_config_clock(wasmaot_wasi_config *config, wasmaot_wasi_clock clock, void *context);

/* Random bytes. The default is the system's. */
typedef void (*wasmaot_wasi_random)(void *context, void *bytes, size_t length);
void wasmaot_wasi_config_random(wasmaot_wasi_config *config, wasmaot_wasi_random random, void *context);

#ifdef __cplusplus
}
#endif

#endif
