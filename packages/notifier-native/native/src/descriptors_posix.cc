// Descriptors on POSIX systems; see descriptors.h.
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "calls.h"
#include "errors.h"
#include "unix_path.h"

namespace pike {

namespace {

Kind kind_of_socket(int fd) {
  int type = 0;
  int listening = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return Kind::kFile;
  size = sizeof listening;
  getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
  if (listening != 0) return Kind::kListener;
  return type == SOCK_STREAM ? Kind::kStream : Kind::kDatagram;
}

bool has_peer(int fd) {
  SystemAddress peer;
  peer.length = sizeof peer.storage;
  return getpeername(fd, peer.get(), &peer.length) == 0;
}

// What SO_LINGER makes of close(2): it may wait for unsent bytes, even on a non-blocking socket,
// and so not on our thread; or drop them.
enum class Closing { kPlain, kLingering, kAborting };
Closing closing_of(int fd) {
  linger value{};
  socklen_t size = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &size) != 0 || value.l_onoff == 0) {
    return Closing::kPlain;
  }
  return value.l_linger > 0 ? Closing::kLingering : Closing::kAborting;
}

// What a thread of its own closes, and what it sends before.
struct Leaving {
  int fd;
  std::string owed;
};

// Longest wait for a peer that does not read, as long as a system waits for an acknowledgement of
// what an orphaned connection sent. See tcp(7), tcp_fin_timeout.
constexpr int kLeavingMs = 60'000;

void* close_here(void* argument) {
  const std::unique_ptr<Leaving> leaving(static_cast<Leaving*>(argument));
  std::string& owed = leaving->owed;
  while (!owed.empty()) {
    const ssize_t count = send_call(leaving->fd, owed.data(), owed.size());
    pollfd writable{leaving->fd, POLLOUT, 0};
    if (count > 0) owed.erase(0, static_cast<size_t>(count));
    else if (!would_block(errno) || poll(&writable, 1, kLeavingMs) <= 0) break;
  }
  close(leaving->fd);
  return nullptr;
}

// Closes on a short-lived thread. Where none can be had, what is unsent goes out without anybody
// waiting for it: an ordinary close.
void close_elsewhere(int fd, std::string owed) {
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto leaving = std::make_unique<Leaving>(Leaving{fd, std::move(owed)});
  const int error = pthread_create(&thread, &attributes, close_here, leaving.get());
  pthread_attr_destroy(&attributes);
  if (error == 0) {
    leaving.release();  // the thread's now
    return;
  }
  const linger off{};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
  close(fd);
}

void restore(Handle& handle) {
  if (handle.restore_sigpipe) change_sigpipe(handle.fd, true);
  handle.restore_sigpipe = false;
  if (!handle.restore_block) return;
  const int flags = fcntl(handle.fd, F_GETFL);
  if (flags >= 0) fcntl(handle.fd, F_SETFL, flags & ~O_NONBLOCK);
  handle.restore_block = false;
}

}  // namespace

int open_socket(Core& core, Family family, Type type, Handle** out) {
  if (core.handles.full()) return kLimit;
  const int domain = family == Family::kIpv4   ? AF_INET
                     : family == Family::kIpv6 ? AF_INET6
                                               : AF_UNIX;
  const int kind = type == Type::kStream ? SOCK_STREAM : SOCK_DGRAM;
  const int fd = socket_call(domain, kind);
  if (fd < 0) return code_of(errno);
  if (domain != AF_UNIX && type == Type::kStream) {
    const int on = 1;
    // Handed down to accepted sockets, on Linux and on the BSDs.
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Handle* handle = core.handles.open(fd, type == Type::kStream ? Kind::kStream : Kind::kDatagram);
  handle->socket = true;
  handle->drain = domain == AF_UNIX;
  *out = handle;
  return 0;
}

int inspect(Core& core, Descriptor fd, Handle** out) {
  struct stat about;
  if (fstat(fd, &about) != 0) return code_of(errno);
  if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) || S_ISBLK(about.st_mode))
    return kUnsupported;
  if (is_notifier(fd)) return kUnsupported;
  if (core.handles.full()) return kLimit;
  Kind kind = Kind::kFile;
  if (S_ISSOCK(about.st_mode)) kind = kind_of_socket(fd);
  else if (S_ISFIFO(about.st_mode)) kind = Kind::kPipe;
  Handle* handle = core.handles.open(fd, kind);
  handle->socket = S_ISSOCK(about.st_mode);
  handle->adopted = true;
  handle->connected = kind == Kind::kStream && has_peer(fd);
  handle->drain = handle->socket;  // its options are unknown: ancillary data may be enabled
  *out = handle;
  return 0;
}

void take_in(Handle& handle) {
  if (!handle.socket || !kFlagsSuffice) unblock(handle);
}

void unblock(Handle& handle) {
  if (handle.unblocked) return;
  handle.unblocked = true;
  if (handle.socket) handle.restore_sigpipe = change_sigpipe(handle.fd, false);
  const int flags = fcntl(handle.fd, F_GETFL);
  if (flags < 0 || (flags & O_NONBLOCK) != 0) return;
  if (fcntl(handle.fd, F_SETFL, flags | O_NONBLOCK) == 0) handle.restore_block = true;
}

int close_handle(Core& core, Handle& handle, std::string owed) {
  if (handle.special) {
    Special* special = core.specials.find(handle.slot);
    if (!special->path.empty()) unlink_path(*special);
    const EventKey event = special->event;
    const bool owned = special->signals != nullptr;
    core.specials.remove(handle.slot);
    if (event.generation != 0) {
      close_event(event);
      return 0;
    }
    if (owned) return 0;  // the descriptor went with the SignalWait
  }
  restore(handle);
  // An abortive close drops what the system has not sent, and this, too.
  const Closing closing = handle.lingers ? closing_of(handle.fd) : Closing::kPlain;
  if (closing == Closing::kLingering || (closing == Closing::kPlain && !owed.empty())) {
    close_elsewhere(handle.fd, std::move(owed));
    return 0;
  }
  close(handle.fd);
  return 0;
}

Descriptor give_back(Core& core, Handle& handle) {
  restore(handle);
  if (handle.special) core.specials.remove(handle.slot);
  return handle.fd;
}

void await_readable(Descriptor fd) {
  pollfd watched{fd, POLLIN, 0};
  while (poll(&watched, 1, -1) < 0 && errno == EINTR) continue;
}

bool sigpipe_would_kill() {
  struct sigaction now;
  return sigaction(SIGPIPE, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
         now.sa_handler == SIG_DFL;
}

}  // namespace pike
