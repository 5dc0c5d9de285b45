// System calls as macOS and the BSDs spell them; see calls.h.
//
// Not all of them have accept4(2), SOCK_NONBLOCK and SOCK_CLOEXEC, so flags are set in calls of
// their own: a descriptor that another thread's fork(2) and execve(2) catch in between is open
// there. No manual page of macOS promises that send(2) heeds MSG_DONTWAIT, or has MSG_NOSIGNAL: so
// every socket is non-blocking, and SO_NOSIGPIPE is set; where there is MSG_NOSIGNAL, each call
// says so too. See fcntl(2), setsockopt(2), send(2).
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
// After it, as the manual page has it.
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

#include "address.h"

namespace pike {

// Headers of macOS may have a flag that the system they run on does not know.
#if defined(MSG_NOSIGNAL) && !defined(__APPLE__)
const int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
const int kSendFlags = MSG_DONTWAIT;
#endif
const bool kFlagsSuffice = false;

ssize_t receive_call(int fd, void* to, size_t size) { return recv(fd, to, size, MSG_DONTWAIT); }

ssize_t send_call(int fd, const void* from, size_t size) {
  return send(fd, from, size, kSendFlags);
}

// macOS: a write that meets the end of its connection, or a connection that a network extension
// took away, is told by an error that send(2) does not list.
int stream_error(int error) { return error == EPROTOTYPE ? ECONNRESET : error; }

namespace {

// −1 and errno, and the descriptor is closed.
int prepared(int fd) {
  if (fd < 0) return -1;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
    // Refused when the peer has gone already. Its bytes can still be read; a write then relies on
    // the runtime, which ignores SIGPIPE.
    change_sigpipe(fd, false);
    return fd;
  }
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

}  // namespace

int socket_call(int domain, int type) { return prepared(socket(domain, type, 0)); }

int accept_call(int fd, SystemAddress* from) {
  from->length = sizeof from->storage;
  const int peer = accept(fd, from->get(), &from->length);
  // macOS: a connection that was reset before it was accepted comes without an address.
  if (peer >= 0 && from->length == 0) {
    close(peer);
    errno = ECONNABORTED;
    return -1;
  }
  return prepared(peer);
}

#ifdef SO_NOSIGPIPE
bool change_sigpipe(int fd, bool raise) {
  int before = 0;
  socklen_t size = sizeof before;
  if (getsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &before, &size) != 0) return false;
  const int quiet = raise ? 0 : 1;
  if ((before != 0) == (quiet != 0)) return false;
  return setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &quiet, sizeof quiet) == 0;
}
#else
bool change_sigpipe(int, bool) { return false; }  // each call says it: MSG_NOSIGNAL
#endif

// sigtimedwait(2) is not everywhere: sigwait(2) takes what is pending for certain. SIGPIPE is sent
// to the thread that wrote.
void take_sigpipe() {
  sigset_t pipe_signal;
  sigset_t pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  int taken = 0;
  if (sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1) {
    sigwait(&pipe_signal, &taken);
  }
}

// poll(2) of macOS looks at no device, and says POLLNVAL; select(2) does.
short ready_call(int fd, short events) {
  pollfd watched{fd, events, 0};
  if (poll(&watched, 1, 0) <= 0) return 0;
  if ((watched.revents & POLLNVAL) == 0 || fd >= FD_SETSIZE) return watched.revents;
  fd_set readers;
  fd_set writers;
  FD_ZERO(&readers);
  FD_ZERO(&writers);
  if ((events & POLLIN) != 0) FD_SET(fd, &readers);
  if ((events & POLLOUT) != 0) FD_SET(fd, &writers);
  timeval at_once{};
  if (select(fd + 1, &readers, &writers, nullptr, &at_once) <= 0) return 0;
  return static_cast<short>((FD_ISSET(fd, &readers) ? POLLIN : 0) |
                            (FD_ISSET(fd, &writers) ? POLLOUT : 0));
}

// See getpeereid(3).
bool peer_user(int fd, uint32_t* uid) {
  uid_t user = 0;
  gid_t group = 0;
  if (getpeereid(fd, &user, &group) != 0) return false;
  *uid = user;
  return true;
}

int domain_of(int fd) {
  SystemAddress local;
  local.length = sizeof local.storage;
  return getsockname(fd, local.get(), &local.length) == 0 ? local.storage.ss_family : -1;
}

// A kevent(2) that changes nothing and has no room for an event returns at once: with EBADF, unless
// it is a kqueue.
bool is_notifier(int fd) {
  const timespec at_once{};
  return kevent(fd, nullptr, 0, nullptr, 0, &at_once) == 0;
}

}  // namespace pike
