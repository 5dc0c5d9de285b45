// One try to make a connection, from either side: accept and connect. What the peer or the network
// did to a connection that nobody has seen yet is not the listener's error, and a shortage of
// descriptors is waited out.
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"
#include "descriptors.h"
#include "errors.h"
#include "reactor.h"

namespace pike {

namespace {

// Connections that fail before they are accepted, or are refused by us, and are passed over in one
// go.
constexpr int kAcceptsPerTry = 16;

// Turn again so often while a listener lacks descriptors, or a connect waits for a full Unix
// backlog.
constexpr uint64_t kStallRetryMs = 100;
constexpr uint64_t kConnectRetryMs = 10;

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

int64_t Reactor::accept_one(Handle& handle, SystemAddress* from, Handle** out) {
  if (handle.adopted) unblock(handle);  // accept(2) has no MSG_DONTWAIT
  for (int tries = 0; tries < kAcceptsPerTry; tries++) {
    if (core.handles.full()) {
      stall(handle, kStallRetryMs);
      return kPending;
    }
    const int fd = take_connection(handle, from);
    if (fd < 0) {
      if (would_block(errno)) return blocked(handle, true);
      if (errno == EINTR || is_peers_own(errno)) continue;
      if (!is_shortage(errno)) return -code_of(errno);
      stall(handle, kStallRetryMs);
      return kPending;
    }
    if (!peer_allowed(handle, fd)) {
      close(fd);
      continue;
    }
    Handle* peer = core.handles.open(fd, Kind::kStream);
    peer->socket = true;
    peer->connected = true;
    peer->drain = from->storage.ss_family == AF_UNIX;
    core.count(kHandles);
    *out = peer;
    return 0;
  }
  return kYield;
}

int Reactor::take_connection(Handle& handle, SystemAddress* from) {
  called(handle);
  return accept_call(handle.fd, from);
}

// An abstract name has no permissions: whose peer it is decides.
bool Reactor::peer_allowed(const Handle& listener, int fd) {
  if (!listener.special) return true;
  const Special* special = core.specials.find(listener.slot);
  if (special == nullptr || special->allow_uid < 0) return true;
  uint32_t uid = 0;
  return peer_user(fd, &uid) && static_cast<int64_t>(uid) == special->allow_uid;
}

int64_t Reactor::attempt_connect(Request& request, Handle& handle) {
  if (!request.begun) {
    if (handle.connected) return -kIsConnected;
    SystemAddress to;
    if (const int code = address_of(request, &to); code != 0) return -code;
    if (handle.adopted) unblock(handle);
    handle.broken = 0;
    called(handle);
    if (connect(handle.fd, to.get(), to.length) == 0) {
      handle.connected = handle.kind == Kind::kStream;  // a datagram socket may change its peer
      return 0;
    }
    // A Unix listener's backlog is full, and no event will tell when it isn't.
    if (would_block(errno)) {
      stall(handle, kConnectRetryMs);
      return kPending;
    }
    if (errno != EINPROGRESS && errno != EINTR) return -code_of(errno);
    request.begun = true;
    return blocked(handle, false);
  }
  int error = 0;
  socklen_t size = sizeof error;
  called(handle);
  if (getsockopt(handle.fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return -code_of(error);
  // No error is not success yet: an early event may have come from before the connect.
  SystemAddress peer;
  peer.length = sizeof peer.storage;
  called(handle);
  if (getpeername(handle.fd, peer.get(), &peer.length) == 0) {
    handle.connected = true;
    return 0;
  }
  // macOS says EINVAL of a socket whose connect has failed.
  if (errno != ENOTCONN && errno != EINVAL) return -code_of(errno);
  if (handle.broken != 0) return -handle.broken;  // the kernel told it with its news
  // Or it failed, and somebody else was told: by a read of the option SO_ERROR.
  pollfd watched{handle.fd, POLLOUT, 0};
  called(handle);
  const bool over = poll(&watched, 1, 0) > 0 && (watched.revents & POLLHUP) != 0;
  return over ? -kNotConnected : blocked(handle, false);
}

}  // namespace pike
