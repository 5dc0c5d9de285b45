// The two calls on the path of every byte.
#pragma once
#include <sys/socket.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace pike {

// recv(2) and send(2). The C library's own are cancellation points, which in a process with threads
// costs two atomic operations each; nobody cancels these threads.
inline ssize_t receive_call(int fd, void* to, size_t size) {
#if defined(__linux__) && defined(SYS_recvfrom)
  return syscall(SYS_recvfrom, fd, to, size, MSG_DONTWAIT, nullptr, nullptr);
#else
  return recv(fd, to, size, MSG_DONTWAIT);
#endif
}
inline ssize_t send_call(int fd, const void* from, size_t size) {
#if defined(__linux__) && defined(SYS_sendto)
  return syscall(SYS_sendto, fd, from, size, MSG_DONTWAIT | MSG_NOSIGNAL, nullptr, 0);
#else
  return send(fd, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
#endif
}

}  // namespace pike
