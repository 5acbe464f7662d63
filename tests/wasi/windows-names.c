// Names that mean more than a name on Windows are refused, and no path leads out of the granted folder.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

enum { ROOT = 3, FOLLOW = __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW };

static int failures;

static void expect(int line, const char *what, const char *path, int answer, int wanted) {
    if (answer != wanted) {
        printf("line %d: %s %s: %d, not %d\n", line, what, path, answer, wanted);
        failures++;
    }
}
#define EXPECT(what, path, answer, wanted) expect(__LINE__, what, path, answer, wanted)

int main(void) {
    __wasi_fd_t fd;
    __wasi_filestat_t stat;
    const uint64_t read = __WASI_RIGHTS_FD_READ, write = __WASI_RIGHTS_FD_WRITE;
    EXPECT("mkdir", "d", __wasi_path_create_directory(ROOT, "d"), 0);
    EXPECT("create", "d/f", __wasi_path_open(ROOT, FOLLOW, "d/f", __WASI_OFLAGS_CREAT, write, 0, 0, &fd), 0);
    EXPECT("close", "d/f", __wasi_fd_close(fd), 0);

    static const char *refused[] = {
        "..\\x", "d\\f", "d\\..\\..\\x", "C:", "C:\\", "C:/x", "c:x", "\\x", "\\\\host\\share", "d/f:stream", "f::$DATA",
        "d::$INDEX_ALLOCATION", "\\??\\C:\\x", "\\Device\\Null", "NUL", "nul", "con", "CON.txt", "d/aux", "COM1", "lpt9.x",
        "CONIN$", "a*", "a?", "a<", "a>", "a|", "a\"", "a\x01", "dot.", "blank ", "d ", "d./f", "d\\/f",
    };
    for (size_t index = 0; index < sizeof refused / sizeof *refused; index++) {
        const char *path = refused[index];
        EXPECT("open", path, __wasi_path_open(ROOT, FOLLOW, path, 0, read, 0, 0, &fd), __WASI_ERRNO_INVAL);
        EXPECT("create", path, __wasi_path_open(ROOT, FOLLOW, path, __WASI_OFLAGS_CREAT, write, 0, 0, &fd),
               __WASI_ERRNO_INVAL);
        EXPECT("stat", path, __wasi_path_filestat_get(ROOT, FOLLOW, path, &stat), __WASI_ERRNO_INVAL);
        EXPECT("mkdir", path, __wasi_path_create_directory(ROOT, path), __WASI_ERRNO_INVAL);
        EXPECT("unlink", path, __wasi_path_unlink_file(ROOT, path), __WASI_ERRNO_INVAL);
        EXPECT("rmdir", path, __wasi_path_remove_directory(ROOT, path), __WASI_ERRNO_INVAL);
        EXPECT("rename to", path, __wasi_path_rename(ROOT, "d/f", ROOT, path), __WASI_ERRNO_INVAL);
        EXPECT("rename from", path, __wasi_path_rename(ROOT, path, ROOT, "x"), __WASI_ERRNO_INVAL);
        EXPECT("link to", path, __wasi_path_link(ROOT, 0, "d/f", ROOT, path), __WASI_ERRNO_INVAL);
    }
    static const char *out[] = {
        "..", "../", "../.", "../..", "/", "//", "/d", "d/../..", "d/../../d", "./..", "../made", "/made", "d/../../made",
    };
    for (size_t index = 0; index < sizeof out / sizeof *out; index++) {
        const char *path = out[index];
        EXPECT("open", path, __wasi_path_open(ROOT, FOLLOW, path, 0, read, 0, 0, &fd), __WASI_ERRNO_PERM);
        EXPECT("create", path, __wasi_path_open(ROOT, FOLLOW, path, __WASI_OFLAGS_CREAT, write, 0, 0, &fd),
               __WASI_ERRNO_PERM);
        EXPECT("stat", path, __wasi_path_filestat_get(ROOT, FOLLOW, path, &stat), __WASI_ERRNO_PERM);
        EXPECT("mkdir", path, __wasi_path_create_directory(ROOT, path), __WASI_ERRNO_PERM);
        EXPECT("rename to", path, __wasi_path_rename(ROOT, "d/f", ROOT, path), __WASI_ERRNO_PERM);
    }
    // Names beyond ASCII, and names that only look like devices, are names.
    static const char *fine[] = { "\xc3\xa4\xe6\xbc\xa2\xf0\x9f\x98\x80", "COM", "com10", "console", "nul-1", ".hidden", "a b", "..." "x" };
    for (size_t index = 0; index < sizeof fine / sizeof *fine; index++) {
        const char *path = fine[index];
        EXPECT("mkdir", path, __wasi_path_create_directory(ROOT, path), 0);
        EXPECT("stat", path, __wasi_path_filestat_get(ROOT, FOLLOW, path, &stat), 0);
        EXPECT("rmdir", path, __wasi_path_remove_directory(ROOT, path), 0);
    }
    return failures != 0;
}
