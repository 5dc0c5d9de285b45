// System calls as Linux spells them; see calls.h.
#include "calls.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "address.h"

namespace pike {

const int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
const bool kFlagsSuffice = true;

// The C library's own are cancellation points, which in a process with threads costs two atomic
// operations each; nobody cancels these threads. Some architectures have no such calls.
#if defined(SYS_recvfrom) && defined(SYS_sendto)
ssize_t receive_call(int fd, void* to, size_t size) {
  return syscall(SYS_recvfrom, fd, to, size, MSG_DONTWAIT, nullptr, nullptr);
}
ssize_t send_call(int fd, const void* from, size_t size) {
  return syscall(SYS_sendto, fd, from, size, kSendFlags, nullptr, 0);
}
#else
ssize_t receive_call(int fd, void* to, size_t size) { return recv(fd, to, size, MSG_DONTWAIT); }
ssize_t send_call(int fd, const void* from, size_t size) {
  return send(fd, from, size, kSendFlags);
}
#endif

int stream_error(int error) { return error; }

int socket_call(int domain, int type) {
  return socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int accept_call(int fd, SystemAddress* from) {
  from->length = sizeof from->storage;
  return static_cast<int>(
      syscall(SYS_accept4, fd, from->get(), &from->length, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

bool change_sigpipe(int, bool) { return false; }  // each call says it: MSG_NOSIGNAL

void take_sigpipe() {
  sigset_t pipe_signal;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  const timespec at_once{};
  sigtimedwait(&pipe_signal, nullptr, &at_once);
}

short ready_call(int fd, short events) {
  pollfd watched{fd, events, 0};
  return poll(&watched, 1, 0) > 0 ? watched.revents : short{0};
}

// See SO_PEERCRED in unix(7).
bool peer_user(int fd, uint32_t* uid) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  *uid = peer.uid;
  return true;
}

int domain_of(int fd) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 ? domain : -1;
}

bool is_notifier(int fd) {
  char link[64];
  char name[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, name, sizeof name - 1);
  if (length <= 0) return false;
  name[length] = 0;
  return strcmp(name, "anon_inode:[eventpoll]") == 0 || strcmp(name, "anon_inode:[io_uring]") == 0;
}

}  // namespace pike
