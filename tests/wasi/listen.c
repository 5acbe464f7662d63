// A granted socket: where it is in the table, what it is, and that nobody has come. Folders come after it.
#include <assert.h>
#include <wasi/api.h>

int main(void) {
  __wasi_fdstat_t stat;
  __wasi_prestat_t prestat;
  __wasi_fd_t fd;
  __wasi_size_t len;
  __wasi_roflags_t flags;
  uint8_t byte;
  __wasi_iovec_t buffer = {&byte, 1};
  __wasi_ciovec_t bytes = {&byte, 1};
  for (fd = 3; fd < 5; fd++) {
    assert(__wasi_fd_fdstat_get(fd, &stat) == 0 && stat.fs_filetype == __WASI_FILETYPE_SOCKET_STREAM);
    assert(__wasi_fd_prestat_get(fd, &prestat) == __WASI_ERRNO_BADF);
  }
  assert(__wasi_fd_prestat_get(5, &prestat) == 0);
  assert(__wasi_fd_fdstat_set_flags(3, __WASI_FDFLAGS_NONBLOCK) == 0);
  assert(__wasi_fd_fdstat_get(3, &stat) == 0 && stat.fs_flags == __WASI_FDFLAGS_NONBLOCK);
  assert(__wasi_sock_accept(3, 0, &fd) == __WASI_ERRNO_AGAIN);
  assert(__wasi_sock_accept(3, __WASI_FDFLAGS_APPEND, &fd) == __WASI_ERRNO_INVAL);
  assert(__wasi_sock_accept(1, 0, &fd) == __WASI_ERRNO_NOTSOCK);
  assert(__wasi_sock_accept(5, 0, &fd) == __WASI_ERRNO_NOTSOCK);
  assert(__wasi_sock_accept(6, 0, &fd) == __WASI_ERRNO_BADF);
  assert(__wasi_sock_recv(3, &buffer, 1, 0, &len, &flags) == __WASI_ERRNO_NOTCONN);
  assert(__wasi_sock_send(3, &bytes, 1, 0, &len) == __WASI_ERRNO_PIPE);
  assert(__wasi_sock_shutdown(3, 0) == __WASI_ERRNO_INVAL);

  __wasi_subscription_t in[2] = {{.userdata = 1}, {.userdata = 2}};
  __wasi_event_t out[2];
  in[0].u.tag = __WASI_EVENTTYPE_FD_READ;
  in[0].u.u.fd_read.file_descriptor = 3;
  in[1].u.tag = __WASI_EVENTTYPE_CLOCK;
  in[1].u.u.clock.id = 1;
  in[1].u.u.clock.timeout = 1000000;
  assert(__wasi_poll_oneoff(in, out, 2, &len) == 0 && len == 1 && out[0].userdata == 2);
  assert(__wasi_fd_close(3) == 0 && __wasi_sock_accept(3, 0, &fd) == __WASI_ERRNO_BADF);
}
