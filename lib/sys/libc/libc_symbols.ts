/**
 * The functions of the C library that this program calls, each below its C declaration. The types
 * fit every 64-bit Linux. Where nothing else is said, -1 means that the call failed.
 */

/** Symbols for `Deno.dlopen`. */
export const LIBC_SYMBOLS = {
  // int *__errno_location(void)
  __errno_location: { parameters: [], result: "pointer" },

  // int socket(int domain, int type, int protocol)
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },

  // int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },

  // int getsockname(int sockfd, struct sockaddr *addr, socklen_t *addrlen)
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },

  // int getpeername(int sockfd, struct sockaddr *addr, socklen_t *addrlen)
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },

  // int shutdown(int sockfd, int how)
  shutdown: { parameters: ["i32", "i32"], result: "i32" },

  // int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen)
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },

  // The same on a thread of its own, so its errno is lost.
  setsockopt_elsewhere: {
    name: "setsockopt",
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
    nonblocking: true,
  },

  // int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen)
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },

  // int ioctl(int fd, unsigned long request, struct ifreq *): variadic in C. A pointer as the only
  // further argument is passed like a fixed one on both x86-64 and arm64 Linux.
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },

  // int epoll_create1(int flags)
  epoll_create1: { parameters: ["i32"], result: "i32" },

  // int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },

  // int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout_ms): on a thread
  // of its own, so its errno is lost.
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32", nonblocking: true },

  // ssize_t send(int sockfd, const void *buf, size_t len, int flags)
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },

  // ssize_t recv(int sockfd, void *buf, size_t len, int flags)
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },

  // int sendmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags): messages sent
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },

  // void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset), or MAP_FAILED
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },

  // int munmap(void *addr, size_t length): on a thread of its own
  munmap: { parameters: ["pointer", "usize"], result: "i32", nonblocking: true },

  // int clock_gettime(clockid_t clockid, struct timespec *tp)
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },

  // int eventfd(unsigned int initval, int flags)
  eventfd: { parameters: ["u32", "i32"], result: "i32" },

  // ssize_t write(int fd, const void *buf, size_t count)
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },

  // int prlimit(pid_t pid, int resource, const struct rlimit *new, struct rlimit *old)
  prlimit: { parameters: ["i32", "i32", "buffer", "buffer"], result: "i32" },

  // int malloc_trim(size_t pad): 1 when it gave something back
  malloc_trim: { parameters: ["usize"], result: "i32" },

  // int close(int fd)
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;
