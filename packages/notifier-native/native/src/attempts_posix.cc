// One try of each operation: the system call, and what its answer teaches about the descriptor.
// Only would-block is proof that there is nothing; a short read is, too, on a TCP connection whose
// last event carried no hang-up, error or urgent data. Not on a Unix stream, nor on a pipe: a
// descriptor that the peer sends along, or the end of a packet, ends a read early, and no edge
// follows for the bytes behind it.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "calls.h"
#include "descriptors.h"
#include "errors.h"
#include "reactor.h"

namespace pike {

namespace {

// Sends of one request in one go, before others get their turn.
constexpr int kSendsPerTurn = 4;

// Try again so soon when the system has no buffer space left.
constexpr uint64_t kSpaceRetryMs = 2;

// At least one vector, if of no length: without any, sendmsg(2) of POSIX is EMSGSIZE, and qemu's
// sends nothing.
msghdr message_of(Span* span) {
  if (span->count == 0) span->vectors[span->count++] = {nullptr, 0};
  msghdr message{};
  message.msg_iov = span->vectors;
  message.msg_iovlen = static_cast<size_t>(span->count);
  return message;
}

ssize_t receive(const Handle& handle, Span* span) {
  if (!handle.socket) {
    return span->count == 1 ? read(handle.fd, span->vectors[0].iov_base, span->vectors[0].iov_len)
                            : readv(handle.fd, span->vectors, span->count);
  }
  if (span->count == 1) {
    return receive_call(handle.fd, span->vectors[0].iov_base, span->vectors[0].iov_len);
  }
  msghdr message = message_of(span);
  return recvmsg(handle.fd, &message, MSG_DONTWAIT);
}

// A write to a pipe without readers raises SIGPIPE. Runtimes ignore it; where one does not, it is
// held back and taken, so that it cannot end the process. See pipe(7).
ssize_t write_quietly(int fd, const Span& span) {
  if (!sigpipe_would_kill()) return writev(fd, span.vectors, span.count);
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t count = writev(fd, span.vectors, span.count);
  const int error = errno;
  if (count < 0 && error == EPIPE && !was_pending) take_sigpipe();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return count;
}

ssize_t send_span(const Handle& handle, Span* span) {
  if (!handle.socket) return write_quietly(handle.fd, *span);
  if (span->count == 1) {
    return send_call(handle.fd, span->vectors[0].iov_base, span->vectors[0].iov_len);
  }
  msghdr message = message_of(span);
  return sendmsg(handle.fd, &message, kSendFlags);
}

}  // namespace

// Errors that end a connection. The system tells such a one once, and to the next reader then says
// that the stream has ended, as if the peer had finished.
bool Reactor::ends_stream(int error) {
  switch (error) {
    case ECONNRESET:
    case ECONNABORTED:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

int64_t Reactor::failed(Handle& handle, int called) {
  const int error = handle.socket ? stream_error(called) : called;
  if (handle.kind == Kind::kStream && ends_stream(error)) {
    handle.broken = static_cast<int16_t>(code_of(error));
  }
  if (error == EPIPE) handle.finished = true;  // no write is answered ahead any more
  return -code_of(error);
}

int64_t Reactor::attempt_read(Request& request, Handle& handle, uint32_t offset) {
  Span span;
  if (request.size > 0) {
    span.vectors[0] = {core.shared.slab + offset, request.size};
    span.count = 1;
    span.bytes = request.size;
  } else if (!buffers.span(request.id, 0, &span) || span.total == 0) {
    return -kBuffer;
  }
  for (;;) {
    called(handle);
    const ssize_t count = receive(handle, &span);
    if (count == 0 && handle.broken != 0) return -handle.broken;
    if (count >= 0) {
      core.count(kBytesRead, static_cast<double>(count));
      handle.bytes_read += static_cast<uint64_t>(count);
      handle.available -= std::min(handle.available, static_cast<uint32_t>(count));
      const bool tells = handle.kind == Kind::kStream && !handle.drain && handle.available == 0;
      if (tells && count > 0 && static_cast<uint64_t>(count) < span.bytes) handle.may_read = false;
      return count;
    }
    if (errno == EINTR) continue;
    if (would_block(errno)) return blocked(handle, true);
    return failed(handle, errno);
  }
}

int64_t Reactor::attempt_write(Request& request, Handle& handle, Outcome* outcome) {
  if (handle.unsaid != 0) {
    const int64_t code = handle.unsaid;
    handle.unsaid = 0;
    outcome->extra = static_cast<double>(request.transferred);
    return -code;
  }
  for (int sends = 0; sends < kSendsPerTurn;) {
    Span span;
    if (!buffers.span(request.id, request.transferred, &span)) return -kBuffer;
    const uint64_t total = request.transferred + span.total;
    if (request.total == 0) request.total = total;
    if (total < request.total) return -kBuffer;
    if (handle.kind == Kind::kDatagram && span.bytes < span.total) return -kMessageSize;
    if (span.total == 0 && handle.kind != Kind::kDatagram) return static_cast<int64_t>(total);
    called(handle);
    const ssize_t count = send_span(handle, &span);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (would_block(errno)) return blocked(handle, false);
      if (lacks_space(handle, errno)) return kPending;
      outcome->extra = static_cast<double>(request.transferred);
      return failed(handle, errno);
    }
    sends++;
    core.count(kBytesWritten, static_cast<double>(count));
    handle.bytes_written += static_cast<uint64_t>(count);
    request.transferred += static_cast<uint64_t>(count);
    if ((request.flags & kAll) == 0 || request.transferred >= request.total || span.total == 0) {
      return static_cast<int64_t>(request.transferred);
    }
  }
  return kYield;
}

int64_t Reactor::attempt_receive(Request& request, Handle& handle, uint32_t offset,
                                 Outcome* outcome) {
  Span span;
  if (request.size > 0) {
    span.vectors[0] = {core.shared.slab + offset, request.size};
    span.count = 1;
  } else if (!buffers.span(request.id, 0, &span)) {
    return -kBuffer;
  }
  if (handle.broken != 0) return -std::exchange(handle.broken, int16_t{0});
  if (handle.merging == Merging::kOn) return receive_merged(request, handle, span, offset, outcome);
  SystemAddress from;
  msghdr message = message_of(&span);
  message.msg_name = &from.storage;
  for (;;) {
    message.msg_namelen = sizeof from.storage;
    called(handle);
    const ssize_t count = recvmsg(handle.fd, &message, MSG_DONTWAIT);
    if (count >= 0) {
      core.count(kBytesRead, static_cast<double>(count));
      handle.bytes_read += static_cast<uint64_t>(count);
      outcome->extra = (message.msg_flags & MSG_TRUNC) != 0 ? 1 : 0;
      if (request.operation == kRecvFrom) {
        from.length = message.msg_namelen;
        write_address(from, core.shared.slab + offset);
      }
      return count;
    }
    if (errno == EINTR) continue;
    if (would_block(errno)) return blocked(handle, true);
    return -code_of(errno);
  }
}

int64_t Reactor::attempt_send_to(Request& request, Handle& handle) {
  Span span;
  if (!buffers.span(request.id, 0, &span)) return -kBuffer;
  if (span.bytes < span.total) return -kMessageSize;
  SystemAddress to;
  if (const int code = address_of(request, &to); code != 0) return -code;
  msghdr message = message_of(&span);
  message.msg_name = &to.storage;
  message.msg_namelen = to.length;
  for (;;) {
    called(handle);
    const ssize_t count = sendmsg(handle.fd, &message, kSendFlags);
    if (count >= 0) {
      core.count(kBytesWritten, static_cast<double>(count));
      handle.bytes_written += static_cast<uint64_t>(count);
      return count;
    }
    if (errno == EINTR) continue;
    if (would_block(errno)) return blocked(handle, false);
    if (lacks_space(handle, errno)) return kPending;
    return -code_of(errno);
  }
}

// Whether the system has no buffer space left: an interface's queue is full or, on macOS and the
// BSDs, the receiver of datagrams on a Unix socket. No event tells when it has, and a socket that
// can be written to is called writable all the while: it is tried again after a pause. See send(2).
bool Reactor::lacks_space(Handle& handle, int error) {
  if (error != ENOBUFS || !handle.socket) return false;
  stall(handle, kSpaceRetryMs);
  return true;
}

int64_t Reactor::attempt_event(Handle& handle) {
  Special* special = core.specials.find(handle.slot);
  if (handle.kind != Kind::kEvent || special == nullptr) return -kUnsupported;
  bool more = false;
  called(handle);
  const int64_t posts = take_event(special->event, special->mode, handle.fd, &more);
  if (posts == 0) return blocked(handle, true);
  if (!more) handle.may_read = false;
  return posts;
}

int64_t Reactor::attempt_signal(Handle& handle, uint32_t offset) {
  Special* special = core.specials.find(handle.slot);
  if (handle.kind != Kind::kSignal || special == nullptr) return -kUnsupported;
  SignalRecord record;
  called(handle);
  if (!special->signals->take(&record)) return blocked(handle, true);
  write_signal(record, core.shared.slab + offset);
  return 0;
}

// Handles without a descriptor, which poll(2) cannot look at.
bool Reactor::special_waits(const Handle& handle) {
  const Special* special = core.specials.find(handle.slot);
  if (special == nullptr) return false;
  return special->signals != nullptr ? special->signals->has_any()
                                     : is_posted(special->event, handle.fd);
}

int64_t Reactor::attempt_wait(Request& request, Handle& handle) {
  if (handle.fd == kNoDescriptor) {
    const bool readable = (request.flags & kReadable) != 0 && special_waits(handle);
    return readable ? int64_t{kReadable} : kPending;
  }
  const int in = (request.flags & kReadable) != 0 ? POLLIN : 0;
  const int out = (request.flags & kWritable) != 0 ? POLLOUT : 0;
  called(handle);
  const short found = ready_call(handle.fd, static_cast<short>(in | out));
  int ready = ahead(handle) || handle.left_over ? kReadable : 0;
  if (found & (POLLIN | POLLHUP | POLLERR)) ready |= kReadable;
  if (found & (POLLOUT | POLLHUP | POLLERR)) ready |= kWritable;
  ready &= request.flags;
  return ready == 0 ? kPending : ready;
}

}  // namespace pike
