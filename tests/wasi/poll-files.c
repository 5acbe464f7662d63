// poll_oneoff with descriptors: files are ready, with what is left of them; errors are events of their own.
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <wasi/api.h>

static __wasi_subscription_t subscription(uint64_t userdata, uint8_t type, uint32_t fd) {
  __wasi_subscription_t s = {.userdata = userdata};
  s.u.tag = type;
  s.u.u.fd_read.file_descriptor = fd;
  return s;
}

int main(void) {
  __wasi_subscription_t in[6];
  __wasi_event_t out[6];
  __wasi_size_t count;
  int fd = open("/file", O_RDWR | O_CREAT, 0666);
  assert(fd > 3 && write(fd, "hello", 5) == 5 && lseek(fd, 2, SEEK_SET) == 2);
  in[0] = subscription(1, __WASI_EVENTTYPE_FD_READ, fd);
  in[1] = subscription(2, __WASI_EVENTTYPE_FD_WRITE, fd);
  assert(__wasi_poll_oneoff(in, out, 2, &count) == 0 && count == 2);
  assert(out[0].userdata == 1 && out[0].type == __WASI_EVENTTYPE_FD_READ && out[0].error == 0);
  assert(out[0].fd_readwrite.nbytes == 3 && out[0].fd_readwrite.flags == 0);
  assert(out[1].userdata == 2 && out[1].type == __WASI_EVENTTYPE_FD_WRITE && out[1].error == 0);

  assert(lseek(fd, 0, SEEK_END) == 5);
  assert(__wasi_poll_oneoff(in, out, 1, &count) == 0 && count == 1);
  assert(out[0].fd_readwrite.flags == __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP);

  in[1] = subscription(2, __WASI_EVENTTYPE_FD_READ, 99);
  in[2] = subscription(3, __WASI_EVENTTYPE_FD_READ, 3);
  in[3] = subscription(4, __WASI_EVENTTYPE_FD_WRITE, 0);
  assert(__wasi_poll_oneoff(in, out, 4, &count) == 0 && count == 4);
  assert(out[0].error == 0);
  for (int i = 1; i < 4; i++)
    assert(out[i].error == __WASI_ERRNO_BADF && out[i].userdata == (uint64_t)i + 1);
}
