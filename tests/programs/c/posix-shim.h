// What the real programs of setup.sh ask of POSIX and wasi-libc does not have: users, modes, record locks,
// processes. Included before every file of theirs (`-include`); each answer is the one a single-user,
// single-process system would give.
#ifndef POSIX_SHIM_H
#define POSIX_SHIM_H

#ifdef __wasm__
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#ifndef F_RDLCK
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#endif

static inline uid_t getuid(void) { return 1000; }
static inline uid_t geteuid(void) { return 1000; }
static inline gid_t getgid(void) { return 1000; }
static inline gid_t getegid(void) { return 1000; }
static inline mode_t umask(mode_t mask) { return (void)mask, 022; }
static inline int chmod(const char *path, mode_t mode) { return (void)path, (void)mode, 0; }
static inline int fchmod(int fd, mode_t mode) { return (void)fd, (void)mode, 0; }
static inline int chown(const char *path, uid_t uid, gid_t gid) { return (void)path, (void)uid, (void)gid, 0; }
static inline int fchown(int fd, uid_t uid, gid_t gid) { return (void)fd, (void)uid, (void)gid, 0; }
#ifndef RLIMIT_STACK
#define RLIMIT_STACK 3
struct rlimit {
  unsigned long long rlim_cur, rlim_max;
};
#endif
static inline int getrlimit(int what, struct rlimit *limit) { return (void)what, limit->rlim_cur = limit->rlim_max = 1 << 30, 0; }
static inline int setrlimit(int what, const struct rlimit *limit) { return (void)what, (void)limit, 0; }
static inline FILE *popen(const char *command, const char *mode) { return (void)command, (void)mode, errno = ENOSYS, NULL; }
static inline int pclose(FILE *f) { return (void)f, -1; }
static inline int mkstemp(char *template) { return (void)template, errno = ENOSYS, -1; }

// Declared by wasi-libc, defined nowhere.
#define system(command) ((void)(command), -1)
#define tmpfile() ((FILE *)(errno = ENOSYS, NULL))
#ifndef L_tmpnam
#define L_tmpnam 20
#endif
#define tmpnam(s) ((void)(s), (char *)NULL)
#endif
#endif
