// Runs a Mach-O program of ours on Linux: loads it, applies what dyld would, and gives it functions that stand in for
// libSystem, translating macOS's numbers and structures to Linux's and back. Built for x86-64 and for AArch64 (under qemu),
// where it also tests that variadic functions get their arguments on the stack.
//
//   loader PROGRAM ARGUMENTS...
//
// It shows that code, relocations and runtime work together. What macOS itself does it cannot show: both sides were
// written by us after the same headers.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static _Noreturn void fail(const char *what, const char *name) {
  fprintf(stderr, "loader: %s %s\n", what, name ? name : "");
  _exit(99);
}

// --- Errors ---------------------------------------------------------------------------------------------------

static int last_error;
static int *error_place(void) { return &last_error; }
static long result(long value) {
  if (value != -1) return value;
  static const int pairs[][2] = {{EAGAIN, 35}, {ENOTSOCK, 38}, {EDESTADDRREQ, 39}, {EOPNOTSUPP, 45}, {EAFNOSUPPORT, 47},
    {EADDRINUSE, 48}, {EADDRNOTAVAIL, 49}, {ECONNABORTED, 53}, {ECONNRESET, 54}, {EISCONN, 56}, {ENOTCONN, 57},
    {ETIMEDOUT, 60}, {ELOOP, 62}, {ENAMETOOLONG, 63}, {ENOTEMPTY, 66}, {ENOSYS, 78}, {EOVERFLOW, 84}};
  last_error = errno < 35 ? errno : 5;
  for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (errno == pairs[i][0]) last_error = pairs[i][1];
  return -1;
}

// --- Files ----------------------------------------------------------------------------------------------------

// Variadic arguments are on the stack on AArch64, behind what would be in registers on Linux.
#ifdef __aarch64__
#define AFTER_2 long r2, long r3, long r4, long r5, long r6, long r7,
#define AFTER_3 long r3, long r4, long r5, long r6, long r7,
#else
#define AFTER_2
#define AFTER_3
#endif

static int at(int fd) { return fd == -2 ? AT_FDCWD : fd; }
static int open_flags(int flags) {
  static const int pairs[][2] = {{4, O_NONBLOCK}, {8, O_APPEND}, {0x80, O_SYNC}, {0x100, O_NOFOLLOW}, {0x200, O_CREAT},
    {0x400, O_TRUNC}, {0x800, O_EXCL}, {0x20000, O_NOCTTY}, {0x100000, O_DIRECTORY}, {0x400000, O_DSYNC},
    {0x1000000, O_CLOEXEC}, {0x200000, O_PATH | O_NOFOLLOW}};
  int out = flags & 3, known = 3;
  for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    known |= pairs[i][0];
    if (flags & pairs[i][0]) out |= pairs[i][1];
  }
  if (flags & ~known) fail("unknown flags of open", NULL);
  return out;
}
static int my_openat(int fd, const char *path, int flags, AFTER_3 long mode) {
  return result(openat(at(fd), path, open_flags(flags), (mode_t)mode));
}
static int my_fcntl(int fd, int command, AFTER_2 long argument) {
  char name[64];
  ssize_t len;
  switch (command) {
    case 2: return result(fcntl(fd, F_SETFD, (int)argument));
    case 4: return result(fcntl(fd, F_SETFL, open_flags((int)argument)));
    case 42: return 0;
    case 50:
      snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
      if ((len = result(readlink(name, (char *)argument, 1023))) < 0) return -1;
      ((char *)argument)[len] = 0;
      return 0;
    case 51: return result(fsync(fd));
  }
  fail("unknown command of fcntl", NULL);
}
static int my_ioctl(int fd, unsigned long request, AFTER_2 long argument) {
  if (request != 0x4004667f) fail("unknown request of ioctl", NULL);
  return result(ioctl(fd, FIONREAD, argument));
}

struct my_stat {
  uint32_t dev;
  uint16_t mode, nlink;
  uint64_t ino;
  uint32_t uid, gid, rdev, padding;
  struct timespec atime, mtime, ctime, birth;
  int64_t size, blocks;
  uint32_t rest[8];
};
static int fill(int answer, const struct stat *from, struct my_stat *to) {
  if (result(answer) < 0) return -1;
  memset(to, 0, sizeof *to);
  to->dev = from->st_dev, to->mode = from->st_mode, to->nlink = from->st_nlink, to->ino = from->st_ino;
  to->atime = from->st_atim, to->mtime = from->st_mtim, to->ctime = from->st_ctim, to->size = from->st_size;
  return 0;
}
static int my_fstat(int fd, struct my_stat *to) {
  struct stat from;
  return fill(fstat(fd, &from), &from, to);
}
static int my_fstatat(int fd, const char *path, struct my_stat *to, int flags) {
  struct stat from;
  return fill(fstatat(at(fd), path, &from, flags & 0x20 ? AT_SYMLINK_NOFOLLOW : 0), &from, to);
}

static long my_getdirentries(int fd, char *room, size_t len, int64_t *position) {
  char own[2048];
  long count = result(syscall(SYS_getdents64, fd, own, len < sizeof own ? len : sizeof own)), used = 0;
  if (count < 0) return -1;
  *position = 0;
  for (long i = 0; i < count;) {
    struct dirent64 *from = (struct dirent64 *)(own + i);
    uint16_t name = strlen(from->d_name), size = (21 + name + 1 + 7) & ~7;
    uint64_t ino = from->d_ino, none = 0;
    memset(room + used, 0, size);
    memcpy(room + used, &ino, 8), memcpy(room + used + 8, &none, 8), memcpy(room + used + 16, &size, 2);
    memcpy(room + used + 18, &name, 2), room[used + 20] = from->d_type, memcpy(room + used + 21, from->d_name, name);
    used += size, i += from->d_reclen;
  }
  return used;
}

static const struct timespec *times(const struct timespec *from, struct timespec *to) {
  for (int i = 0; i < 2; i++) {
    to[i] = from[i];
    if (to[i].tv_nsec == -1) to[i].tv_nsec = UTIME_NOW;
    if (to[i].tv_nsec == -2) to[i].tv_nsec = UTIME_OMIT;
  }
  return to;
}
static int my_futimens(int fd, const struct timespec *from) {
  struct timespec to[2];
  return result(futimens(fd, times(from, to)));
}
static int my_utimensat(int fd, const char *path, const struct timespec *from, int flags) {
  struct timespec to[2];
  return result(utimensat(at(fd), path, times(from, to), flags & 0x20 ? AT_SYMLINK_NOFOLLOW : 0));
}
static int my_unlinkat(int fd, const char *path, int flags) {
  return result(unlinkat(at(fd), path, flags & 0x80 ? AT_REMOVEDIR : 0));
}
static int my_linkat(int a, const char *old, int b, const char *new, int flags) {
  (void)flags;
  return result(linkat(at(a), old, at(b), new, 0));
}
static int my_mkdirat(int fd, const char *path, uint16_t mode) { return result(mkdirat(at(fd), path, mode)); }
static int my_renameat(int a, const char *old, int b, const char *new) { return result(renameat(at(a), old, at(b), new)); }
static int my_symlinkat(const char *to, int fd, const char *path) { return result(symlinkat(to, at(fd), path)); }
static long my_readlinkat(int fd, const char *path, char *room, size_t len) {
  return result(readlinkat(at(fd), path, room, len));
}
static long my_readlink(const char *path, char *room, size_t len) { return result(readlink(path, room, len)); }
static long my_read(int fd, void *room, size_t len) { return result(read(fd, room, len)); }
static long my_write(int fd, const void *bytes, size_t len) { return result(write(fd, bytes, len)); }
static long my_readv(int fd, const struct iovec *buffers, int count) { return result(readv(fd, buffers, count)); }
static long my_writev(int fd, const struct iovec *buffers, int count) { return result(writev(fd, buffers, count)); }
static long my_pread(int fd, void *room, size_t len, off_t at) { return result(pread(fd, room, len, at)); }
static long my_pwrite(int fd, const void *bytes, size_t len, off_t at) { return result(pwrite(fd, bytes, len, at)); }
static long my_lseek(int fd, off_t offset, int whence) { return result(lseek(fd, offset, whence)); }
static int my_fsync(int fd) { return result(fsync(fd)); }
static int my_ftruncate(int fd, off_t len) { return result(ftruncate(fd, len)); }

// --- Memory, clocks, waiting ------------------------------------------------------------------------------------

static void *my_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset) {
  if (flags & ~0x1042) fail("unknown flags of mmap", NULL);
  int own = MAP_PRIVATE | MAP_ANONYMOUS | (flags & 0x40 ? MAP_NORESERVE : 0);
  return (void *)result((long)mmap(address, len, protection, own, fd, offset));
}
static int my_mprotect(void *address, size_t len, int protection) { return result(mprotect(address, len, protection)); }
static int my_munmap(void *address, size_t len) { return result(munmap(address, len)); }
static clockid_t clock_of(int clock) {
  switch (clock) {
    case 0: return CLOCK_REALTIME;
    case 6: return CLOCK_MONOTONIC;
    case 12: return CLOCK_PROCESS_CPUTIME_ID;
    case 16: return CLOCK_THREAD_CPUTIME_ID;
  }
  fail("unknown clock", NULL);
}
static int my_clock_gettime(int clock, struct timespec *time) { return result(clock_gettime(clock_of(clock), time)); }
static int my_clock_getres(int clock, struct timespec *time) { return result(clock_getres(clock_of(clock), time)); }
static int my_poll(struct pollfd *fds, uint32_t count, int timeout) { return result(poll(fds, count, timeout)); }
static int my_getentropy(void *room, size_t len) { return result(getentropy(room, len)); }
static void my_bzero(void *room, size_t len) { memset(room, 0, len); }

// --- Signals ----------------------------------------------------------------------------------------------------

struct my_info {
  int signal, error, code, pid, uid, status;
  void *address;
};
struct my_stack {
  void *base;
  size_t len;
  int flags;
};
struct my_context {
  int on_stack;
  uint32_t mask;
  struct my_stack stack;
  void *link;
  size_t size;
  uint64_t *registers;
};
struct my_action {
  uintptr_t handler;
  uint32_t mask;
  int flags;
};
typedef void handler(int, struct my_info *, struct my_context *);
static handler *handlers[64];
static const int signals[][2] = {{10, SIGBUS}, {30, SIGUSR1}, {31, SIGUSR2}, {20, SIGCHLD}, {19, SIGCONT}, {17, SIGSTOP},
  {18, SIGTSTP}, {16, SIGURG}, {23, SIGIO}, {12, SIGSYS}};
static int translate(int signal, int to) {
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
    if (signals[i][!to] == signal) return signals[i][to];
  return signal;
}
static int to_linux(int signal) { return translate(signal, 1); }
static int from_linux(int signal) { return translate(signal, 0); }

static void on_signal(int signal, siginfo_t *info, void *data) {
  ucontext_t *context = data;
  uint64_t registers[40] = {0};
#ifdef __x86_64__
  static const int order[] = {REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RDI, REG_RSI, REG_RBP, REG_RSP, REG_R8, REG_R9,
    REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
  registers[1] = context->uc_mcontext.gregs[REG_CR2];
  for (int i = 0; i < 17; i++) registers[2 + i] = context->uc_mcontext.gregs[order[i]];
#else
  registers[0] = context->uc_mcontext.fault_address;
  for (int i = 0; i < 31; i++) registers[2 + i] = context->uc_mcontext.regs[i];
  registers[33] = context->uc_mcontext.sp, registers[34] = context->uc_mcontext.pc;
#endif
  int number = from_linux(signal);
  struct my_info told = {number, 0, info->si_code <= 0 ? 0x10001 : info->si_code, 0, 0, 0, info->si_addr};
  struct my_context own = {1, 0, {0}, 0, sizeof registers, registers};
  handlers[number](number, &told, &own);
#ifdef __x86_64__
  for (int i = 0; i < 17; i++) context->uc_mcontext.gregs[order[i]] = registers[2 + i];
#else
  for (int i = 0; i < 31; i++) context->uc_mcontext.regs[i] = registers[2 + i];
  context->uc_mcontext.sp = registers[33], context->uc_mcontext.pc = registers[34];
#endif
}
static int my_sigaction(int signal, const struct my_action *new, struct my_action *old) {
  struct sigaction action = {0};
  if (old || new->flags & ~0x41) fail("unknown use of sigaction", NULL);
  if (new->handler > 1) {
    handlers[signal] = (handler *)new->handler;
    action.sa_sigaction = on_signal, action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  } else {
    action.sa_handler = new->handler ? SIG_IGN : SIG_DFL;
  }
  return result(sigaction(to_linux(signal), &action, NULL));
}
static int my_sigaltstack(const struct my_stack *new, struct my_stack *old) {
  stack_t stack = {.ss_sp = new->base, .ss_size = new->len};
  (void)old;
  return result(sigaltstack(&stack, NULL));
}
static int my_sigmask(int how, const uint32_t *set, uint32_t *old) {
  sigset_t none;
  if (how != 3 || *set || old) fail("unknown use of pthread_sigmask", NULL);
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, NULL);
}
static int my_raise(int signal) { return raise(to_linux(signal)); }
static int my_setitimer(int which, const struct itimerval *new, struct itimerval *old) {
  return result(setitimer(which, new, old));
}

// --- Sockets ------------------------------------------------------------------------------------------------------

struct my_message {
  void *name;
  uint32_t name_len;
  struct iovec *buffers;
  int count;
  void *control;
  uint32_t control_len;
  int flags;
};
static int my_socket(int family, int kind, int protocol) {
  return result(socket(family == 30 ? AF_INET6 : family, kind, protocol));
}
static int my_setsockopt(int fd, int level, int name, const void *value, uint32_t len) {
  if (level == 0xffff && name == 0x1022) return 0;
  if (level != 0xffff || name != 4) fail("unknown option of a socket", NULL);
  return result(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, value, len));
}
static int my_bind(int fd, const uint8_t *name, uint32_t len) {
  uint8_t own[32] = {0};
  uint16_t family = name[1] == 30 ? AF_INET6 : name[1];
  if (len > sizeof own || name[0] != len) fail("malformed address", NULL);
  memcpy(own, name, len), memcpy(own, &family, 2);
  return result(bind(fd, (struct sockaddr *)own, len));
}
static int my_listen(int fd, int backlog) { return result(listen(fd, backlog)); }
static int my_accept(int fd, void *name, uint32_t *len) {
  (void)name, (void)len;
  // A connection takes after its listener.
  return result(accept4(fd, NULL, NULL, fcntl(fd, F_GETFL) & O_NONBLOCK ? SOCK_NONBLOCK : 0));
}
static long my_recvmsg(int fd, struct my_message *message, int flags) {
  struct msghdr own = {.msg_iov = message->buffers, .msg_iovlen = message->count};
  long count = result(recvmsg(fd, &own, (flags & 2 ? MSG_PEEK : 0) | (flags & 0x40 ? MSG_WAITALL : 0)));
  message->flags = own.msg_flags & MSG_TRUNC ? 0x10 : 0;
  return count;
}
static long my_sendmsg(int fd, const struct my_message *message, int flags) {
  struct msghdr own = {.msg_iov = message->buffers, .msg_iovlen = message->count};
  (void)flags;
  return result(sendmsg(fd, &own, 0));
}
static int my_shutdown(int fd, int how) { return result(shutdown(fd, how)); }

// --- Names --------------------------------------------------------------------------------------------------------

#define ROW(name, function) {name, (void *)(function)}
static const struct { const char *name; void *function; } table[] = {
  ROW("___error", error_place), ROW("___getdirentries64", my_getdirentries), ROW("__exit", _exit),
  ROW("_openat", my_openat), ROW("_fcntl", my_fcntl), ROW("_ioctl", my_ioctl), ROW("_close", close),
  ROW("_fstat", my_fstat), ROW("_fstat$INODE64", my_fstat), ROW("_fstatat", my_fstatat),
  ROW("_fstatat$INODE64", my_fstatat), ROW("_futimens", my_futimens), ROW("_utimensat", my_utimensat),
  ROW("_unlinkat", my_unlinkat), ROW("_linkat", my_linkat), ROW("_mkdirat", my_mkdirat), ROW("_renameat", my_renameat),
  ROW("_symlinkat", my_symlinkat), ROW("_readlinkat", my_readlinkat), ROW("_readlink", my_readlink),
  ROW("_read", my_read), ROW("_write", my_write), ROW("_readv", my_readv), ROW("_writev", my_writev),
  ROW("_pread", my_pread), ROW("_pwrite", my_pwrite), ROW("_lseek", my_lseek), ROW("_fsync", my_fsync),
  ROW("_ftruncate", my_ftruncate), ROW("_isatty", isatty), ROW("_mmap", my_mmap), ROW("_mprotect", my_mprotect),
  ROW("_munmap", my_munmap), ROW("_clock_gettime", my_clock_gettime), ROW("_clock_getres", my_clock_getres),
  ROW("_sched_yield", sched_yield), ROW("_poll", my_poll), ROW("_getentropy", my_getentropy), ROW("_getpid", getpid),
  ROW("_sigaction", my_sigaction), ROW("_sigaltstack", my_sigaltstack), ROW("_pthread_sigmask", my_sigmask),
  ROW("_raise", my_raise), ROW("_setitimer", my_setitimer), ROW("_bzero", my_bzero), ROW("___bzero", my_bzero),
  ROW("_socket", my_socket), ROW("_setsockopt", my_setsockopt), ROW("_bind", my_bind), ROW("_listen", my_listen),
  ROW("_accept", my_accept), ROW("_recvmsg", my_recvmsg), ROW("_sendmsg", my_sendmsg), ROW("_shutdown", my_shutdown),
  ROW("_memcpy", memcpy), ROW("_memmove", memmove), ROW("_memset", memset), ROW("_memcmp", memcmp),
};
static void not_here(void) { fail("a function was called that has no stand-in", NULL); }
static void *find(const char *name) {
  for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
    if (!strcmp(table[i].name, name)) return table[i].function;
  return (void *)not_here;
}

// --- Loading ------------------------------------------------------------------------------------------------------

static uint8_t *file;
static struct { uint64_t address, size; } segments[16];
static int segment_count;
static intptr_t slide;

static uint32_t u32(uint64_t at) { uint32_t value; memcpy(&value, file + at, 4); return value; }
static uint64_t u64(uint64_t at) { uint64_t value; memcpy(&value, file + at, 8); return value; }
static uint64_t uleb(const uint8_t **at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

static void rebase_all(uint32_t offset, uint32_t size) {
  uint64_t place = 0;
  for (const uint8_t *at = file + offset, *end = at + size; at < end;) {
    uint8_t byte = *at++, imm = byte & 15;
    uint64_t count = 0, skip = 0;
    switch (byte & 0xf0) {
      case 0x00: return;
      case 0x10: break;
      case 0x20: place = segments[imm].address + uleb(&at); break;
      case 0x30: place += uleb(&at); break;
      case 0x40: place += 8 * imm; break;
      case 0x50: count = imm; break;
      case 0x60: count = uleb(&at); break;
      case 0x70: count = 1, skip = uleb(&at); break;
      case 0x80: count = uleb(&at), skip = uleb(&at); break;
      default: fail("unknown rebase", NULL);
    }
    for (; count; count--, place += 8 + skip) *(uint64_t *)(place + slide) += slide;
  }
}
static void bind_all(uint32_t offset, uint32_t size) {
  uint64_t place = 0;
  const char *name = "";
  for (const uint8_t *at = file + offset, *end = at + size; at < end;) {
    uint8_t byte = *at++, imm = byte & 15;
    uint64_t count = 0, skip = 0;
    switch (byte & 0xf0) {
      case 0x00: case 0x10: case 0x30: case 0x50: break;
      case 0x20: uleb(&at); break;
      case 0x40: name = (const char *)at; at += strlen(name) + 1; break;
      case 0x70: place = segments[imm].address + uleb(&at); break;
      case 0x80: place += uleb(&at); break;
      case 0x90: count = 1; break;
      case 0xa0: count = 1, skip = uleb(&at); break;
      case 0xb0: count = 1, skip = 8 * imm; break;
      case 0xc0: count = uleb(&at), skip = uleb(&at); break;
      default: fail("unknown bind", name);
    }
    for (; count; count--, place += 8 + skip) *(void **)(place + slide) = find(name);
  }
}

int main(int argc, char **argv, char **envp) {
  if (argc < 2) fail("which program?", NULL);
  int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat stat;
  if (fd < 0 || fstat(fd, &stat)) fail("cannot read", argv[1]);
  file = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (file == MAP_FAILED || u32(0) != 0xfeedfacf || u32(12) != 2) fail("not a Mach-O program:", argv[1]);
  close(fd);
  // From the first segment with content to the end of the last; they follow each other.
  uint64_t low = 0, high = 0, entry = 0, info = 0;
  for (uint64_t at = 32, i = 0; i < u32(16); at += u32(at + 4), i++) {
    if (u32(at) == 0x19) {
      segments[segment_count].address = u64(at + 24), segments[segment_count++].size = u64(at + 32);
      if (u64(at + 48) && !low) low = u64(at + 24);
      if (low && u64(at + 24) + u64(at + 32) > high) high = u64(at + 24) + u64(at + 32);
    }
    if (u32(at) == 0x80000028) entry = u64(at + 8);
    if (u32(at) == 0x80000022) info = at;
    if (u32(at) == 0x80000034) fail("chained fixups in", argv[1]);
  }
  uint8_t *base = mmap(NULL, high - low, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || !entry || !info) fail("cannot load", argv[1]);
  slide = (intptr_t)base - (intptr_t)low;
  for (uint64_t at = 32, i = 0; i < u32(16); at += u32(at + 4), i++)
    if (u32(at) == 0x19 && u64(at + 24) >= low) memcpy((void *)(u64(at + 24) + slide), file + u64(at + 40), u64(at + 48));
  rebase_all(u32(info + 8), u32(info + 12));
  bind_all(u32(info + 16), u32(info + 20));
  bind_all(u32(info + 32), u32(info + 36));
  for (uint64_t at = 32, i = 0; i < u32(16); at += u32(at + 4), i++)
    if (u32(at) == 0x19 && u64(at + 24) >= low && u64(at + 32))
      mprotect((void *)(u64(at + 24) + slide), u64(at + 32), u32(at + 60));
  __builtin___clear_cache((char *)base, (char *)base + (high - low));
  int (*start)(int, char **, char **, char **) = (int (*)(int, char **, char **, char **))(base + entry);
  char *apple[] = {NULL};
  exit(start(argc - 1, argv + 1, envp, apple));
}
