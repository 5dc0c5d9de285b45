// What io_uring receives for streams.
//
// Pooled: a receive waits in the kernel for as long as somebody reads, and brings buffers of the
// pool, which are copied to the readers when they are served (their memory is looked up only then,
// so nothing the caller does to it concerns the kernel). Direct: the kernel tells of readiness by
// epoll, and reads go straight into the readers' memory. A stream is read directly before it is
// connected, while it brings more at once than buffers of 2 KiB are good for, and when the pool has
// run out; otherwise pooled.
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>

#include "errors.h"
#include "uring.h"

namespace pike {

using namespace uring;

namespace {

// With nobody reading, a receive is stopped at so much held; the kernel itself ends it at so many
// bytes, where it can (Linux 6.17).
constexpr uint16_t kHeldBuffersMax = 4;
constexpr uint32_t kReceiveBytesMax = 65536;

// So many buffers at once, and it is read directly; less than so many bytes at a time, and with the
// pool that full, it is pooled again.
constexpr uint16_t kBulkBuffers = 8;
constexpr uint32_t kCalmBytes = 8192;
constexpr uint32_t kPoolLow = kBuffers / 4;

constexpr int16_t kOpenEnd = 1;

// What ends a receive and says nothing of the stream.
bool is_passing(int result) {
  return result == -ECANCELED || result == -EINTR || result == -EAGAIN;
}

}  // namespace

Uring::Inlet& Uring::inlet(const Handle& handle) {
  if (handle.slot >= inlets_.size()) inlets_.resize(handle.slot + 1 + handle.slot / 2);
  return inlets_[handle.slot];
}

const Uring::Inlet* Uring::find_inlet(const Handle& handle) const {
  return handle.slot < inlets_.size() ? &inlets_[handle.slot] : nullptr;
}

// An old kernel refuses the field that holds the limit before it looks at the descriptor.
void Uring::probe_receive_limit() {
  Submission& submission = ring_.submission(kOpRecv, -1, kNothing);
  submission.priority = kRecvMultishot;
  submission.flags = kBufferSelect;
  submission.option_length = kReceiveBytesMax;
  ring_.enter();
  Completion completion;
  while (ring_.next(&completion)) {
    if (completion.result == -EBADF) features_ |= kReceiveLimit;
  }
}

// --- Which way

// A stream from outside may be connected already.
int Uring::adopt(Handle& handle) {
  if (asks(handle)) return 0;
  if (!streams(handle)) return Epoll::adopt(handle);
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  handle.connected = getpeername(handle.fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
  return 0;
}

uint32_t Uring::events_for(const Handle& handle) const {
  if (!streams(handle)) return Epoll::events_for(handle);
  const Inlet* found = find_inlet(handle);
  return found != nullptr && found->watched ? Epoll::events_for(handle) : EPOLLOUT | EPOLLET;
}

int Uring::expect(Request& request, Handle& handle) {
  const bool accepts = request.operation == kAccept || request.operation == kAcceptMany;
  if (accepts && asks(handle)) {
    ask(handle);
    return 0;
  }
  if (!streams(handle)) return Epoll::expect(request, handle);
  if (request.operation == kWrite) return expect_write(request, handle);
  Inlet& found = inlet(handle);
  if (request.operation == kRead || request.operation == kRecvFrom) return listen_for(handle);
  if (request.operation == kWait && (request.flags & kReadable) != 0 && !found.receiving) {
    const int code = watch_reading(handle, found, true);
    if (code != 0) return code;
  }
  // A read that waits on a receive has no need of epoll.
  return handle.armed ? 0 : arm(handle);
}

// Whatever will bring the next bytes is armed. 0 or a Code.
int Uring::listen_for(Handle& handle) {
  Inlet& found = inlet(handle);
  if (found.receiving || found.bytes > 0 || found.end != kOpenEnd) return 0;
  const bool direct = found.direct;
  if (!can_pool(handle)) found.direct = true;
  else if (found.recent < kCalmBytes && pool_.free() > kPoolLow) found.direct = false;
  found.recent = 0;
  if (found.direct) {
    // What epoll told of before may be there still: it has to tell again.
    if (!direct && handle.armed && found.watched) return rearm(handle);
    return watch_reading(handle, found, true);
  }
  const int code = watch_reading(handle, found, handle.waits.count > 0);
  if (code == 0) receive(handle, found);
  return code;
}

int Uring::watch_reading(Handle& handle, Inlet& inlet, bool watched) {
  if (inlet.watched == watched && (handle.armed || !watched)) return 0;
  inlet.watched = watched;
  if (handle.armed) return rearm(handle);
  return watched ? arm(handle) : 0;
}

void Uring::receive(Handle& handle, Inlet& inlet) {
  Submission& submission = submit_work(kOpRecv, handle, kReceiving);
  submission.flags = kBufferSelect;
  if (has(kReceiveMultishot)) {
    submission.priority = kRecvMultishot;
    if (has(kReceiveLimit)) submission.option_length = kReceiveBytesMax;
  }
  inlet.receiving = true;
  inlet.stopping = false;
}

void Uring::stop_receiving(Handle& handle, Inlet& inlet) {
  if (!inlet.receiving || inlet.stopping) return;
  inlet.stopping = true;
  cancel_work(handle, kReceiving);
}

// --- Receiving

void Uring::received(Handle& handle, const Completion& completion) {
  Inlet& found = inlet(handle);
  if ((completion.flags & kMore) == 0) found.receiving = false;
  const bool filled = (completion.flags & kHasBuffer) != 0;
  const uint16_t id = static_cast<uint16_t>(completion.flags >> kBufferShift);
  if (filled) pool_.lent();
  if (completion.result > 0) {
    keep(found, id, static_cast<uint32_t>(completion.result));
    if (found.buffers == kBulkBuffers) {
      found.direct = true;
      stop_receiving(handle, found);
    }
  } else {
    if (filled) pool_.give_back(id);
    if (completion.result == -ENOBUFS) found.direct = true;
    else if (!is_passing(completion.result)) found.end = static_cast<int16_t>(completion.result);
  }
  touch(handle, found);
  handle.may_read = found.bytes > 0 || found.end != kOpenEnd || (found.direct && !found.receiving);
  if (handle.may_read && !handle.closing) make_ready(handle);
}

void Uring::keep(Inlet& inlet, uint16_t id, uint32_t size) {
  pool_.length[id] = static_cast<uint16_t>(size);
  pool_.next[id] = kNoBuffer;
  if (inlet.last == kNoBuffer) inlet.first = id;
  else pool_.next[inlet.last] = id;
  inlet.last = id;
  inlet.buffers++;
  inlet.bytes += size;
}

void Uring::touch(const Handle& handle, Inlet& inlet) {
  if (inlet.touched) return;
  inlet.touched = true;
  touched_.push_back(handle.token());
}

// The readers have been served: those that are left need another receive, if one has ended.
void Uring::want_more(Handle& handle) {
  if (handle.closing || handle.may_read) return;
  Inlet& found = inlet(handle);
  if (handle.reads.count > 0) listen_for(handle);
  else if (handle.waits.count > 0 && !found.receiving) watch_reading(handle, found, true);
}

// JavaScript has had what came: where nobody reads on, no more is received than a little ahead.
void Uring::hold_back() {
  for (const uint64_t token : touched_) {
    Handle* handle = core.handles.by_token(token);
    if (handle == nullptr) continue;
    Inlet& found = inlet(*handle);
    found.touched = false;
    if (handle->reads.count == 0 && found.buffers >= kHeldBuffersMax) {
      stop_receiving(*handle, found);
    }
  }
  touched_.clear();
}

// --- Reading

int64_t Uring::attempt_read(Request& request, Handle& handle, uint32_t offset) {
  if (!streams(handle)) return Epoll::attempt_read(request, handle, offset);
  Inlet& found = inlet(handle);
  if (found.bytes == 0) {
    if (found.end == kOpenEnd) return read_directly(request, handle, found, offset);
    if (found.end == 0) return handle.broken != 0 ? -handle.broken : 0;
    const int error = -found.end;
    if (!ends_stream(error)) found.end = kOpenEnd;  // the next reader asks anew
    return failed(handle, error);
  }
  uint64_t count = 0;
  if (request.size > 0) {
    count = copy_out(found, core.shared.slab + offset, request.size);
  } else {
    Span span;
    if (!buffers.span(request.id, 0, &span) || span.total == 0) return -kBuffer;
    for (int i = 0; i < span.count && found.bytes > 0; i++) {
      const uint64_t room = std::min<uint64_t>(span.vectors[i].iov_len, UINT32_MAX);
      count += copy_out(found, static_cast<uint8_t*>(span.vectors[i].iov_base),
                        static_cast<uint32_t>(room));
    }
  }
  handle.may_read = found.bytes > 0 || found.end != kOpenEnd || (found.direct && !found.receiving);
  // A receive that brings one buffer is over, and others may wait: more is asked for after the
  // turn.
  if (!handle.may_read) touch(handle, found);
  core.count(kBytesRead, static_cast<double>(count));
  handle.bytes_read += count;
  return static_cast<int64_t>(count);
}

// Nothing is held. What has no receive in the kernel is asked for what it has.
int64_t Uring::read_directly(Request& request, Handle& handle, Inlet& inlet, uint32_t offset) {
  if (!inlet.receiving && !can_pool(handle)) inlet.direct = true;
  if (inlet.receiving || !inlet.direct) {
    handle.may_read = false;
    const int code = request.stage == Stage::kParked ? listen_for(handle) : 0;
    return code != 0 ? -code : kPending;
  }
  const int64_t result = Epoll::attempt_read(request, handle, offset);
  if (result > 0) {
    const uint64_t recent = inlet.recent + static_cast<uint64_t>(result);
    inlet.recent = static_cast<uint32_t>(std::min<uint64_t>(recent, UINT32_MAX));
  }
  if (!handle.may_read) touch(handle, inlet);
  return result;
}

int64_t Uring::attempt_receive(Request& request, Handle& handle, uint32_t offset,
                               Outcome* outcome) {
  if (!streams(handle)) return Epoll::attempt_receive(request, handle, offset, outcome);
  const int64_t result = attempt_read(request, handle, offset);
  // A stream's bytes have no address of their own.
  if (result >= 0 && request.operation == kRecvFrom) {
    write_address(SystemAddress(), core.shared.slab + offset);
  }
  return result;
}

uint32_t Uring::copy_out(Inlet& inlet, uint8_t* to, uint32_t room) {
  uint32_t copied = 0;
  while (copied < room && inlet.first != kNoBuffer) {
    const uint16_t id = inlet.first;
    const uint32_t rest = pool_.length[id] - inlet.offset;
    const uint32_t count = std::min(rest, room - copied);
    memcpy(to + copied, pool_.bytes(id) + inlet.offset, count);
    copied += count;
    inlet.bytes -= count;
    if (count < rest) {
      inlet.offset = static_cast<uint16_t>(inlet.offset + count);
      break;
    }
    inlet.offset = 0;
    inlet.first = pool_.next[id];
    if (inlet.first == kNoBuffer) inlet.last = kNoBuffer;
    inlet.buffers--;
    pool_.give_back(id);
  }
  return copied;
}

bool Uring::ahead(const Handle& handle) const {
  if (handle.kind == Kind::kListener) {
    const auto found = doors_.find(handle.slot);
    return found != doors_.end() && !found->second->arrived.empty();
  }
  const Inlet* found = find_inlet(handle);
  return found != nullptr && (found->bytes > 0 || found->end != kOpenEnd);
}

std::vector<uint8_t> Uring::take_ahead(Handle& handle) {
  std::vector<uint8_t> bytes;
  if (handle.slot >= inlets_.size()) return bytes;
  Inlet& found = inlets_[handle.slot];
  bytes.resize(found.bytes);
  if (!bytes.empty()) copy_out(found, bytes.data(), found.bytes);
  return bytes;
}

// The slot's next handle begins with an empty inlet.
void Uring::drop(Inlet& inlet) {
  while (inlet.first != kNoBuffer) {
    const uint16_t id = inlet.first;
    inlet.first = pool_.next[id];
    pool_.give_back(id);
  }
  if (inlet.block != kNoBlock) blocks_.give_back(inlet.block);
  inlet = Inlet();
}

}  // namespace pike
