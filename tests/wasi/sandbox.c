// No path leads out of the granted folder, however it is written, and links that would are refused when followed.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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
    EXPECT("mkdir", "d/e", __wasi_path_create_directory(ROOT, "d/e"), 0);
    EXPECT("symlink", "up", __wasi_path_symlink("..", ROOT, "up"), 0);
    EXPECT("symlink", "d/two", __wasi_path_symlink("../..", ROOT, "d/two"), 0);
    EXPECT("symlink", "chain", __wasi_path_symlink("d/two", ROOT, "chain"), 0);
    EXPECT("symlink", "d/inside", __wasi_path_symlink("../d/e", ROOT, "d/inside"), 0);
    EXPECT("symlink", "dangling", __wasi_path_symlink("../made", ROOT, "dangling"), 0);
    EXPECT("symlink", "/", __wasi_path_symlink("/", ROOT, "root"), __WASI_ERRNO_PERM);
    EXPECT("symlink", "/etc", __wasi_path_symlink("/etc/passwd", ROOT, "root"), __WASI_ERRNO_PERM);

    static const char *out[] = {
        "..", "../", "../.", "../..", "/", "//", "/etc/passwd", "/d", "d/../..", "d/e/../../..", "d/../../d", "./..",
        ".//..//", "up", "up/", "up/.", "up/etc", "d/two", "d/two/", "d/two/x", "chain", "chain/x", "d/e/../../up/d",
        "d/inside/../../..", "d/inside/../../../d",
    };
    for (size_t index = 0; index < sizeof out / sizeof *out; index++) {
        const char *path = out[index];
        for (int oflags = 0; oflags < 16; oflags++) {
            if ((oflags & __WASI_OFLAGS_DIRECTORY) && oflags != __WASI_OFLAGS_DIRECTORY) continue;
            int answer = __wasi_path_open(ROOT, FOLLOW, path, oflags, read, read, 0, &fd);
            // A link that is there is not made anew, wherever it leads.
            int excl = (oflags & 5) == 5 && answer == __WASI_ERRNO_EXIST;
            if (!excl && answer != __WASI_ERRNO_PERM && answer != __WASI_ERRNO_ISDIR) {
                EXPECT("open", path, answer, __WASI_ERRNO_PERM);
            }
        }
        EXPECT("stat", path, __wasi_path_filestat_get(ROOT, FOLLOW, path, &stat), __WASI_ERRNO_PERM);
        EXPECT("set times", path,
               __wasi_path_filestat_set_times(ROOT, FOLLOW, path, 1, 1, __WASI_FSTFLAGS_MTIM), __WASI_ERRNO_PERM);
    }
    static const char *below[] = { "../made", "up/made", "/made", "d/two/made", "chain/made", "d/../../made" };
    for (size_t index = 0; index < sizeof below / sizeof *below; index++) {
        const char *path = below[index];
        EXPECT("create", path, __wasi_path_open(ROOT, FOLLOW, path, __WASI_OFLAGS_CREAT, write, 0, 0, &fd),
               __WASI_ERRNO_PERM);
        EXPECT("mkdir", path, __wasi_path_create_directory(ROOT, path), __WASI_ERRNO_PERM);
        EXPECT("rmdir", path, __wasi_path_remove_directory(ROOT, path), __WASI_ERRNO_PERM);
        EXPECT("unlink", path, __wasi_path_unlink_file(ROOT, path), __WASI_ERRNO_PERM);
        EXPECT("symlink", path, __wasi_path_symlink("x", ROOT, path), __WASI_ERRNO_PERM);
        EXPECT("rename to", path, __wasi_path_rename(ROOT, "d", ROOT, path), __WASI_ERRNO_PERM);
        EXPECT("rename from", path, __wasi_path_rename(ROOT, path, ROOT, "x"), __WASI_ERRNO_PERM);
        EXPECT("link to", path, __wasi_path_link(ROOT, 0, "up", ROOT, path), __WASI_ERRNO_PERM);
        EXPECT("link from", path, __wasi_path_link(ROOT, 0, path, ROOT, "x"), __WASI_ERRNO_PERM);
        __wasi_size_t used;
        uint8_t text[10];
        EXPECT("readlink", path, __wasi_path_readlink(ROOT, path, text, 10, &used), __WASI_ERRNO_PERM);
    }
    EXPECT("create", "dangling", __wasi_path_open(ROOT, FOLLOW, "dangling", __WASI_OFLAGS_CREAT, write, 0, 0, &fd),
           __WASI_ERRNO_PERM);
    // A folder that is opened is as closed as the one that was granted.
    EXPECT("open", "d", __wasi_path_open(ROOT, 0, "d", __WASI_OFLAGS_DIRECTORY, read, read | write, 0, &fd), 0);
    EXPECT("stat", "../d", __wasi_path_filestat_get(fd, FOLLOW, "../d", &stat), __WASI_ERRNO_PERM);
    EXPECT("stat", "inside", __wasi_path_filestat_get(fd, FOLLOW, "inside", &stat), __WASI_ERRNO_PERM);
    EXPECT("stat", "d/inside", __wasi_path_filestat_get(ROOT, FOLLOW, "d/inside", &stat), 0);
    // Links are themselves when not followed.
    EXPECT("stat", "up", __wasi_path_filestat_get(ROOT, 0, "up", &stat), 0);
    EXPECT("type", "up", stat.filetype, __WASI_FILETYPE_SYMBOLIC_LINK);
    EXPECT("rename", "up", __wasi_path_rename(ROOT, "up", ROOT, "up2"), 0);
    EXPECT("link", "up2", __wasi_path_link(ROOT, 0, "up2", ROOT, "up3"), 0);
    EXPECT("unlink", "up2", __wasi_path_unlink_file(ROOT, "up2"), 0);
    EXPECT("unlink", "up3", __wasi_path_unlink_file(ROOT, "up3"), 0);
    return failures != 0;
}
