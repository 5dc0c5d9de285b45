// io_uring(7): what streams receive comes by multishot receives into buffers from a pool that all
// share: no call per message, and an idle connection holds no memory. The rest is epoll's, on which
// this backend stands: connects, datagrams, other descriptors, and sends, which are tried at once,
// since a call that goes straight out needs no completion.
//
// The ring is worked off by the one thread that owns it, only when it enters the kernel
// (SINGLE_ISSUER, DEFER_TASKRUN). The kernel writes a registered eventfd when there is something to
// work off, and epoll watches that one: the ring's own descriptor would not wake a waiter that is
// blocked already. Eventfds are never polled by the ring itself: their wake-ups inside a wake-up
// are put off by the kernel for milliseconds.
#include "uring.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>

#include "errors.h"

namespace pike {

using namespace uring;

namespace {

constexpr uint32_t kSubmissions = 1024;
constexpr uint32_t kCompletionsHeld = 8192;

// User data of cancellations: the request they end completes by itself. Others carry a handle's
// token.
constexpr uint64_t kCancellation = 0xffffffff;

// With nobody reading, a stream's receive is stopped at so much held (rule 3 of the design).
constexpr uint16_t kHeldBuffersMax = 4;
constexpr int16_t kOpenEnd = 1;

}  // namespace

Uring::~Uring() {
  if (notify_ >= 0) close(notify_);
}

int Uring::open() {
  const int code = Epoll::open();
  if (code != 0) return code;
  const int error = ring_.open(kSubmissions, kCompletionsHeld);
  if (error != 0) return code_of(error);
  if (!ring_.deferred() || !ring_.has(kOpSendZc)) return kUnsupported;  // Linux 6.1
  const int pool_error = pool_.open(ring_);
  if (pool_error != 0) return code_of(pool_error);
  notify_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (notify_ < 0) return code_of(errno);
  const int registered = ring_.register_call(kRegisterEventfd, &notify_, 1);
  return registered < 0 ? code_of(-registered) : watch_own(notify_);
}

// Streams are read by the ring: epoll has to tell of room to write only.
uint32_t Uring::events_for(const Handle& handle) const {
  return streams(handle) ? EPOLLOUT | EPOLLET : Epoll::events_for(handle);
}

void Uring::wait(int timeout_ms) {
  if (timeout_ms != 0) flush();
  notified_ = false;
  Epoll::wait(timeout_ms);
  if (notified_ || ring_.has_submissions()) enter();
  Completion completion;
  while (core.batch_has_room() && ring_.next(&completion)) received(completion);
  // The readers have given buffers back by now.
  for (const uint64_t token : hungry_) {
    Handle* handle = core.handles.by_token(token);
    if (handle != nullptr && handle->reads.count > 0) receive(*handle);
  }
  hungry_.clear();
}

void Uring::flush() {
  if (ring_.has_submissions()) enter();
}

void Uring::enter() {
  core.count(kSystemCalls);
  ring_.enter(0, 0);
}

// An armed receive holds the descriptor's file open: it has to be gone before close(2), or the peer
// would not hear of it and a port would stay taken.
void Uring::release(Handle& handle) {
  Epoll::release(handle);
  if (!streams(handle) || !inlet(handle).receiving) return;
  cancel(handle);
  enter();
  // What was received until now is on the queue: it still belongs to this handle.
  collecting_ = true;
  Completion completion;
  while (ring_.next(&completion)) received(completion);
  collecting_ = false;
}

void Uring::cancel(const Handle& handle) {
  Submission* cancel = ring_.submission(kOpAsyncCancel, -1, kCancellation);
  if (cancel != nullptr) cancel->address = handle.token();
}

// --- Receiving
// --------------------------------------------------------------------------------------------

Uring::Inlet& Uring::inlet(const Handle& handle) {
  if (handle.slot >= inlets_.size()) inlets_.resize(handle.slot + 1 + handle.slot / 2);
  return inlets_[handle.slot];
}

int Uring::expect(const Request& request, Handle& handle) {
  const bool reading =
      request.operation == kRead || (request.operation == kWait && (request.flags & kReadable));
  if (!streams(handle) || !reading) return Epoll::expect(request, handle);
  if (connecting(handle)) return 0;  // asked again once it is connected
  const Inlet& found = inlet(handle);
  const int code =
      found.receiving || found.bytes > 0 || found.end != kOpenEnd ? 0 : receive(handle);
  if (code != 0 || request.operation == kRead) return code;
  return Epoll::expect(request, handle);
}

int Uring::receive(Handle& handle) {
  Inlet& found = inlet(handle);
  if (found.receiving) return 0;
  Submission* receive = ring_.submission(kOpRecv, handle.fd, handle.token());
  if (receive == nullptr) return EAGAIN;
  receive->priority = kRecvMultishot;
  receive->flags = kBufferSelect;
  found.receiving = true;
  found.stopping = false;
  return 0;
}

void Uring::stop_receiving(Handle& handle, Inlet& inlet) {
  if (inlet.stopping) return;
  inlet.stopping = true;
  cancel(handle);
}

void Uring::received(const Completion& completion) {
  if (completion.user_data == kCancellation) return;
  const bool filled = (completion.flags & kHasBuffer) != 0;
  const uint16_t id = static_cast<uint16_t>(completion.flags >> kBufferShift);
  Handle* handle = core.handles.by_token(completion.user_data);
  if (handle == nullptr) {
    if (filled) pool_.give_back(id);
    return;
  }
  Inlet& found = inlet(*handle);
  if ((completion.flags & kMore) == 0) found.receiving = false;
  if (completion.result > 0) {
    pool_.length[id] = static_cast<uint16_t>(completion.result);
    pool_.next[id] = kNoBuffer;
    if (found.last == kNoBuffer) found.first = id;
    else pool_.next[found.last] = id;
    found.last = id;
    found.buffers++;
    found.bytes += static_cast<uint32_t>(completion.result);
  } else {
    if (filled) pool_.give_back(id);
    if (completion.result == -ENOBUFS) hungry_.push_back(handle->token());
    else if (connecting(*handle)) return;  // not connected yet: asked again once it is
    else if (completion.result != -ECANCELED) found.end = static_cast<int16_t>(completion.result);
    else if (handle->reads.count > 0 && !handle->closing) receive(*handle);
  }
  if (found.bytes == 0 && found.end == kOpenEnd) return;
  handle->may_read = true;
  if (collecting_) make_ready(*handle);
  else serve(*handle);
  if (found.receiving && handle->reads.count == 0 && found.buffers >= kHeldBuffersMax) {
    stop_receiving(*handle, found);
  }
}

int64_t Uring::attempt_read(Request& request, Handle& handle, uint32_t offset) {
  if (!streams(handle)) return Epoll::attempt_read(request, handle, offset);
  Inlet& found = inlet(handle);
  if (found.bytes == 0) {
    if (found.end == kOpenEnd) {
      const int code =
          receive(handle);  // for those who wait behind the one that took the last bytes
      return code != 0 ? -code : blocked(handle, true);
    }
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
      count += copy_out(found, static_cast<uint8_t*>(span.vectors[i].iov_base),
                        static_cast<uint32_t>(span.vectors[i].iov_len));
    }
  }
  handle.may_read = found.bytes > 0 || found.end != kOpenEnd;
  core.count(kBytesRead, static_cast<double>(count));
  handle.bytes_read += count;
  return static_cast<int64_t>(count);
}

uint32_t Uring::copy_out(Inlet& inlet, uint8_t* to, uint32_t room) {
  uint32_t copied = 0;
  while (copied < room && inlet.first != kNoBuffer) {
    const uint16_t id = inlet.first;
    const uint32_t rest = pool_.length[id] - inlet.offset;
    const uint32_t count = rest < room - copied ? rest : room - copied;
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

uint64_t Uring::held(const Handle& handle) const {
  if (!streams(handle) || handle.slot >= inlets_.size()) return 0;
  const Inlet& found = inlets_[handle.slot];
  return found.bytes > 0 || found.end != kOpenEnd ? found.bytes + 1 : 0;
}

uint32_t Uring::take_held(Handle& handle, uint8_t* to, uint32_t room) {
  if (!streams(handle) || handle.slot >= inlets_.size()) return 0;
  Inlet& found = inlets_[handle.slot];
  const uint32_t count = copy_out(found, to, room);
  drop(found);
  return count;
}

// The slot's next handle begins with an empty inlet.
void Uring::drop(Inlet& inlet) {
  while (inlet.first != kNoBuffer) {
    const uint16_t id = inlet.first;
    inlet.first = pool_.next[id];
    pool_.give_back(id);
  }
  inlet = Inlet();
}

}  // namespace pike
