// Files through the C library: every way of opening, positions, appending, many buffers, sizes, times, links.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wasi/api.h>

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            printf("line %d: %s (errno %d: %s)\n", __LINE__, #condition, errno, strerror(errno)); \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)
#define FAILS(call, number) CHECK((call) == -1 && errno == (number))

static void opening(void) {
    FAILS(open("/a", O_RDONLY), ENOENT);
    int fd = open("/a", O_CREAT | O_EXCL | O_WRONLY, 0666);
    CHECK(fd > 2);
    FAILS(open("/a", O_CREAT | O_EXCL | O_WRONLY, 0666), EEXIST);
    CHECK(write(fd, "0123456789", 10) == 10);
    char c;
    FAILS(read(fd, &c, 1), EBADF);
    CHECK(close(fd) == 0);
    FAILS(close(fd), EBADF);

    fd = open("/a", O_RDONLY);
    FAILS(write(fd, "x", 1), EBADF);
    FAILS(ftruncate(fd, 0), EINVAL);
    char text[20];
    CHECK(read(fd, text, 20) == 10 && memcmp(text, "0123456789", 10) == 0);
    CHECK(read(fd, text, 20) == 0);
    CHECK(lseek(fd, -3, SEEK_END) == 7 && read(fd, text, 2) == 2 && memcmp(text, "78", 2) == 0);
    CHECK(lseek(fd, -1, SEEK_CUR) == 8);
    FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK(lseek(fd, 0, SEEK_CUR) == 8);
    CHECK(pread(fd, text, 3, 1) == 3 && memcmp(text, "123", 3) == 0 && lseek(fd, 0, SEEK_CUR) == 8);
    close(fd);

    FAILS(open("/a/", O_RDONLY), ENOTDIR);
    FAILS(open("/a", O_RDONLY | O_DIRECTORY), ENOTDIR);
    FAILS(open("/", O_WRONLY), EISDIR);
    fd = open("/a", O_WRONLY | O_TRUNC);
    struct stat stat;
    CHECK(fstat(fd, &stat) == 0 && stat.st_size == 0 && S_ISREG(stat.st_mode) && stat.st_nlink == 1);
    close(fd);
}

static void appending(void) {
    int fd = open("/log", O_CREAT | O_RDWR | O_APPEND, 0666);
    CHECK(write(fd, "one", 3) == 3 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "two", 3) == 3);
    CHECK(lseek(fd, 0, SEEK_CUR) == 6);
    CHECK((fcntl(fd, F_GETFL) & O_APPEND) != 0);
    CHECK(fcntl(fd, F_SETFL, 0) == 0 && (fcntl(fd, F_GETFL) & O_APPEND) == 0);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && write(fd, "ONE", 3) == 3);
    char text[7] = "";
    CHECK(pread(fd, text, 6, 0) == 6 && strcmp(text, "ONEtwo") == 0);
    close(fd);
}

static void buffers(void) {
    static char bytes[300];
    struct iovec pieces[300];
    for (int index = 0; index < 300; index++) {
        bytes[index] = (char)index;
        pieces[index] = (struct iovec){ bytes + index, index % 3 == 0 ? 0 : 1 };
    }
    int fd = open("/pieces", O_CREAT | O_RDWR | O_TRUNC, 0666);
    ssize_t all = 0;
    for (int from = 0; from < 300;) {
        // Hosts may take fewer buffers than they are given.
        ssize_t some = writev(fd, pieces + from, 300 - from);
        CHECK(some > 0);
        all += some;
        while (from < 300 && some >= (ssize_t)pieces[from].iov_len) some -= pieces[from++].iov_len;
    }
    CHECK(all == 200);
    char text[200];
    CHECK(pread(fd, text, 200, 0) == 200 && text[0] == 1 && text[1] == 2 && text[2] == 4 && text[199] == (char)299);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    CHECK(pwrite(fd, "end", 3, 1000) == 3 && lseek(fd, 0, SEEK_END) == 1003);
    CHECK(pread(fd, text, 1, 500) == 1 && text[0] == 0);
    close(fd);
}

static void attributes(void) {
    int fd = open("/b", O_CREAT | O_RDWR, 0666);
    struct stat stat1, stat2;
    CHECK(ftruncate(fd, 5000) == 0 && fstat(fd, &stat1) == 0 && stat1.st_size == 5000);
    CHECK(ftruncate(fd, 10) == 0 && fstat(fd, &stat1) == 0 && stat1.st_size == 10);
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
    struct timespec times[2] = { { 1000000000, 500 }, { 1234567890, 123456700 } };
    CHECK(futimens(fd, times) == 0 && stat("/b", &stat1) == 0);
    CHECK(stat1.st_mtim.tv_sec == 1234567890 && stat1.st_mtim.tv_nsec == 123456700);
    CHECK(stat1.st_atim.tv_sec == 1000000000 && stat1.st_atim.tv_nsec == 500);
    // Not by UTIME_NOW and UTIME_OMIT, which some versions of the C library get wrong.
    CHECK(__wasi_fd_filestat_set_times(fd, 7, 7, __WASI_FSTFLAGS_MTIM_NOW) == 0 && stat("/b", &stat1) == 0);
    CHECK(stat1.st_atim.tv_sec == 1000000000 && stat1.st_mtim.tv_sec > 1234567890);
    close(fd);

    CHECK(link("/b", "/c") == 0 && stat("/c", &stat2) == 0);
    CHECK(stat2.st_nlink == 2 && stat1.st_ino == stat2.st_ino && stat1.st_dev == stat2.st_dev);
    FAILS(link("/b", "/c"), EEXIST);
    CHECK(rename("/c", "/d") == 0 && stat("/c", &stat2) == -1 && errno == ENOENT);
    CHECK(unlink("/d") == 0 && stat("/b", &stat1) == 0 && stat1.st_nlink == 1);
    FAILS(unlink("/d"), ENOENT);
}

static void unlinked(void) {
    int fd = open("/gone", O_CREAT | O_RDWR, 0666);
    CHECK(unlink("/gone") == 0 && write(fd, "still", 5) == 5 && lseek(fd, 0, SEEK_SET) == 0);
    char text[5];
    CHECK(read(fd, text, 5) == 5 && memcmp(text, "still", 5) == 0);
    close(fd);
}

int main(void) {
    opening();
    appending();
    buffers();
    attributes();
    unlinked();
    return 0;
}
