// Folders through the C library: many entries, going back to a position, removing while reading, and the errors.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            printf("line %d: %s (errno %d: %s)\n", __LINE__, #condition, errno, strerror(errno)); \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)
#define FAILS(call, number) CHECK((call) == -1 && errno == (number))

enum { COUNT = 2000 };
static char seen[COUNT];

static int number_of(const char *name) {
    return strncmp(name, "entry-", 6) == 0 ? atoi(name + 6) : -1;
}

static void fill(void) {
    CHECK(mkdir("/many", 0777) == 0);
    FAILS(mkdir("/many", 0777), EEXIST);
    for (int index = 0; index < COUNT; index++) {
        char name[100];
        snprintf(name, sizeof name, "/many/entry-%d-%.*s", index, index % 60,
                 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh");
        int fd = open(name, O_CREAT | O_WRONLY, 0666);
        CHECK(fd >= 0);
        close(fd);
    }
}

static void read_all(void) {
    DIR *folder = opendir("/many");
    CHECK(folder);
    int dots = 0, files = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int number = number_of(entry->d_name);
        if (number < 0) {
            dots++;
        } else {
            CHECK(!seen[number]);
            seen[number] = 1;
            files++;
            if (number % 500 == 0) {
                char path[300];
                struct stat stat1;
                snprintf(path, sizeof path, "/many/%s", entry->d_name);
                CHECK(stat(path, &stat1) == 0 && stat1.st_ino == entry->d_ino && entry->d_type == DT_REG);
            }
        }
    }
    CHECK(dots == 2 && files == COUNT);
    rewinddir(folder);
    CHECK(readdir(folder) != NULL);
    closedir(folder);
}

static void go_back(void) {
    DIR *folder = opendir("/many");
    for (int index = 0; index < 1000; index++) CHECK(readdir(folder));
    long place = telldir(folder);
    char name[300];
    strcpy(name, readdir(folder)->d_name);
    for (int index = 0; index < 500; index++) CHECK(readdir(folder));
    seekdir(folder, place);
    CHECK(strcmp(readdir(folder)->d_name, name) == 0);
    closedir(folder);
}

static void remove_all(void) {
    FAILS(rmdir("/many"), ENOTEMPTY);
    int files = 0;
    // Whether the rest still comes after removals is the host's choice, so look again until nothing is left.
    for (int before = -1; files != before;) {
        before = files;
        DIR *folder = opendir("/many");
        int fd = dirfd(folder);
        for (struct dirent *entry; (entry = readdir(folder));) {
            if (number_of(entry->d_name) >= 0) {
                CHECK(unlinkat(fd, entry->d_name, 0) == 0);
                files++;
            }
        }
        closedir(folder);
    }
    CHECK(files == COUNT);
    CHECK(rmdir("/many") == 0);
    FAILS(rmdir("/many"), ENOENT);
}

static void moving(void) {
    CHECK(mkdir("/a", 0777) == 0 && mkdir("/a/b", 0777) == 0 && mkdir("/c", 0777) == 0);
    FAILS(rename("/a", "/a/b/c"), EINVAL);
    CHECK(rename("/a/b", "/c") == 0 && rename("/c", "/a/c") == 0);
    int fd = open("/a/file", O_CREAT | O_WRONLY, 0666);
    close(fd);
    FAILS(rename("/a/file", "/a/c"), EISDIR);
    FAILS(rename("/a/c", "/a/file"), ENOTDIR);
    FAILS(rmdir("/a/file"), ENOTDIR);
    FAILS(unlink("/a/c"), EISDIR);
    FAILS(mkdir("/a/file/x", 0777), ENOTDIR);
    FAILS(mkdir("/none/x", 0777), ENOENT);
    CHECK(unlink("/a/file") == 0 && rmdir("/a/c") == 0 && rmdir("/a") == 0);
    // An open folder that was removed is empty and takes no files.
    CHECK(mkdir("/gone", 0777) == 0);
    fd = open("/gone", O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0 && rmdir("/gone") == 0);
    FAILS(openat(fd, "x", O_CREAT | O_WRONLY, 0666), ENOENT);
    close(fd);
}

int main(void) {
    fill();
    read_all();
    go_back();
    remove_all();
    moving();
    return 0;
}
