// Measures child processes for run.sh.
//
//   measure N COMMAND...       runs it N times; prints wall min, wall median, processor time median (microseconds),
//                              peak resident memory (KiB), exit status
//   measure steps COMMAND...   instructions executed in user space, by single steps: exact, needs no counters
//   measure rss COMMAND...     peak resident memory in KiB, read at exit (wait4's figure includes the parent's)
//
// Standard output of the child goes nowhere; standard input is the parent's, at its start again for every run.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static pid_t traced(char **command) {
  pid_t pid = fork();
  if (pid == 0) {
    dup2(open("/dev/null", O_WRONLY), 1);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execvp(command[0], command);
    _exit(127);
  }
  int status;
  waitpid(pid, &status, 0);
  if (!WIFSTOPPED(status)) {
    fprintf(stderr, "cannot start %s\n", command[0]);
    exit(1);
  }
  return pid;
}

static int steps(char **command) {
  pid_t pid = traced(command);
  long count = 0;
  int status, signal = 0;
  for (;;) {
    ptrace(PTRACE_SINGLESTEP, pid, 0, signal);
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) || WIFSIGNALED(status)) break;
    signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    count++;
  }
  printf("%ld\n", count);
  return 0;
}

static int resident(char **command) {
  pid_t pid = traced(command);
  int status, signal = 0;
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXIT);
  for (;;) {
    ptrace(PTRACE_CONT, pid, 0, signal);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) return 1;
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) break;
    signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
  }
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f))
    if (!strncmp(line, "VmHWM:", 6)) printf("%ld\n", atol(line + 6));
  ptrace(PTRACE_DETACH, pid, 0, 0);
  waitpid(pid, &status, 0);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  if (!strcmp(argv[1], "steps")) return steps(argv + 2);
  if (!strcmp(argv[1], "rss")) return resident(argv + 2);
  int n = atoi(argv[1]), status = 0;
  double *wall = calloc(n, sizeof *wall), *cpu = calloc(n, sizeof *cpu);
  long rss = 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  for (int k = 0; k < n; k++) {
    pid_t pid;
    struct rusage used;
    lseek(0, 0, SEEK_SET);
    double start = now();
    if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ)) {
      fprintf(stderr, "cannot start %s\n", argv[2]);
      return 1;
    }
    wait4(pid, &status, 0, &used);
    wall[k] = now() - start;
    cpu[k] = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    if (used.ru_maxrss > rss) rss = used.ru_maxrss;
  }
  qsort(wall, n, sizeof *wall, ascending);
  qsort(cpu, n, sizeof *cpu, ascending);
  printf("%.0f %.0f %.0f %ld %d\n", wall[0], wall[n / 2], cpu[n / 2], rss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
