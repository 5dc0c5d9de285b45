// io_uring(7): the kernel's queues instead of a call per wait. A stream that is read has a multishot receive armed,
// which fills buffers from a pool that all share; everything else is watched by multishot polls, which tell of
// every edge until they are cancelled. Submissions are gathered and go in with the next wait. Sends are tried at
// once: a call that goes straight out needs no completion.
//
// The ring is worked off by the one thread that owns it, only when it enters the kernel (SINGLE_ISSUER,
// DEFER_TASKRUN). So the runtime's loop watches a registered eventfd, which the kernel writes when there is
// something to work off; the ring's own descriptor would not wake a waiter that is blocked already.
#include "uring.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>

#include "errors.h"

namespace pike {

using namespace uring;

namespace {

constexpr uint32_t kSubmissions = 1024;
constexpr uint32_t kCompletionsHeld = 8192;

// The low half of the user data: the slot takes 20 bits, the operation the upper ones.
enum Source : uint64_t {
  kSourcePoll = 0,
  kSourceWake = 1ull << 24,
  kSourceTimeout = 2ull << 24,
  kSourceReceive = 4ull << 24,
  kSourceIgnored = 3ull << 24,  // cancellations: the request they end completes by itself
};
constexpr uint64_t kSourceMask = 0xffull << 24;

// With nobody reading, a stream's receive is stopped at so much held (rule 3 of the design).
constexpr uint16_t kHeldBuffersMax = 4;
constexpr int16_t kOpenEnd = 1;

uint32_t readiness(uint32_t events) {
  uint32_t ready = 0;
  if (events & POLLIN) ready |= kReadyRead;
  if (events & POLLOUT) ready |= kReadyWrite;
  if (events & (POLLRDHUP | POLLHUP | POLLERR | POLLPRI)) ready |= kReadyHangup;
  return ready;
}

}  // namespace

Uring::~Uring() {
  if (wake_ >= 0) close(wake_);
  if (notify_ >= 0) close(notify_);
}

int Uring::open() {
  const int error = ring_.open(kSubmissions, kCompletionsHeld);
  if (error != 0) return code_of(error);
  if (!ring_.deferred() || !ring_.has(kOpPollAdd) || !ring_.has(kOpSendZc)) return kUnsupported;
  notify_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (notify_ < 0 || wake_ < 0) return code_of(errno);
  const int pool_error = pool_.open(ring_);
  if (pool_error != 0) return code_of(pool_error);
  if (ring_.register_call(kRegisterEventfd, &notify_, 1) < 0) return kUnsupported;
  return watch(wake_, POLLIN, kSourceWake);
}

int Uring::watch(int fd, uint32_t events, uint64_t token) {
  Submission* poll = ring_.submission(kOpPollAdd, fd, token);
  if (poll == nullptr) return EAGAIN;
  poll->op_flags = events;
  poll->length = kPollMulti;
  return 0;
}

int Uring::arm(Handle& handle) {
  const int code = watch(handle.fd, POLLIN | POLLOUT | POLLRDHUP | POLLPRI, handle.token() | kSourcePoll);
  if (code == 0) handle.armed = true;
  return code;
}

// The poll holds the descriptor's file open: it has to be gone before close(2), or the peer would not hear of it
// and a port would stay taken.
void Uring::disarm(Handle& handle) { cancel_by(handle.token() | kSourcePoll); }

void Uring::cancel_by(uint64_t user_data) {
  Submission* cancel = ring_.submission(kOpAsyncCancel, -1, kSourceIgnored);
  if (cancel != nullptr) cancel->address = user_data;
}

void Uring::release(Handle& handle) {
  const bool armed = handle.armed;
  Reactor::release(handle);
  if (!streams(handle) || handle.slot >= inlets_.size()) {
    if (armed) flush();
    return;
  }
  Inlet& found = inlets_[handle.slot];
  if (found.receiving) cancel_by(handle.token() | kSourceReceive);
  if (armed || found.receiving) flush();
  if (!found.receiving) return;
  // What was received until now is on the queue: it still belongs to this handle.
  collecting_ = true;
  Completion completion;
  while (ring_.next(&completion)) take(completion);
  collecting_ = false;
}

// --- Receiving --------------------------------------------------------------------------------------------

Uring::Inlet& Uring::inlet(const Handle& handle) {
  if (handle.slot >= inlets_.size()) inlets_.resize(handle.slot + 1 + handle.slot / 2);
  return inlets_[handle.slot];
}

int Uring::expect(const Request& request, Handle& handle) {
  const bool reading = request.operation == kRead || (request.operation == kWait && (request.flags & kReadable));
  if (!streams(handle) || !reading) return Reactor::expect(request, handle);
  const Inlet& found = inlet(handle);
  const int code = found.receiving || found.bytes > 0 || found.end != kOpenEnd ? 0 : receive(handle);
  if (code != 0 || request.operation == kRead) return code;
  return Reactor::expect(request, handle);
}

int Uring::receive(Handle& handle) {
  Inlet& found = inlet(handle);
  if (found.receiving) return 0;
  Submission* receive = ring_.submission(kOpRecv, handle.fd, handle.token() | kSourceReceive);
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
  cancel_by(handle.token() | kSourceReceive);
}

void Uring::received(const Completion& completion) {
  const bool filled = (completion.flags & kHasBuffer) != 0;
  const uint16_t id = static_cast<uint16_t>(completion.flags >> kBufferShift);
  Handle* handle = core.handles.by_token(completion.user_data & ~kSourceMask);
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
    else if (completion.result != -ECANCELED) found.end = static_cast<int16_t>(completion.result == 0 ? 0 : -code_of(-completion.result));
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
  if (!streams(handle)) return Reactor::attempt_read(request, handle, offset);
  Inlet& found = inlet(handle);
  if (found.bytes == 0) {
    if (found.end == kOpenEnd) {
      const int code = receive(handle);  // for those who wait behind the one that took the last bytes
      return code != 0 ? -code : blocked(handle, true);
    }
    const int64_t end = found.end;
    if (end < 0) found.end = kOpenEnd;  // an error is told once; the kernel says what comes after it
    return end;
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

void Uring::wait(int timeout_ms) {
  if (timeout_ms == 0) {
    // Before entering: what comes after this is notified anew.
    uint64_t notified = 0;
    core.count(kSystemCalls);
    ssize_t count = read(notify_, &notified, sizeof notified);
    static_cast<void>(count);  // nothing to read is as good
  }
  core.count(kSystemCalls);
  ring_.enter(timeout_ms == 0 ? 0 : 1, timeout_ms);
  Completion completion;
  while (core.batch_has_room() && ring_.next(&completion)) take(completion);
  // The readers have given buffers back by now.
  for (const uint64_t token : hungry_) {
    Handle* handle = core.handles.by_token(token);
    if (handle != nullptr && handle->reads.count > 0) receive(*handle);
  }
  hungry_.clear();
}

void Uring::take(const Completion& completion) {
  switch (completion.user_data & kSourceMask) {
    case kSourceWake: {
      uint64_t count = 0;
      ssize_t taken = read(wake_, &count, sizeof count);
      static_cast<void>(taken);
      woken_.store(false, std::memory_order_release);
      if ((completion.flags & kMore) == 0) watch(wake_, POLLIN, kSourceWake);
      return;
    }
    case kSourceTimeout:
      if (completion.result != -ECANCELED) armed_ms_ = 0;
      return;
    case kSourceReceive:
      received(completion);
      return;
    case kSourceIgnored:
      return;
    default:
      polled(completion);
  }
}

void Uring::polled(const Completion& completion) {
  const uint64_t token = completion.user_data;
  if (completion.result == -ECANCELED) return;
  Handle* handle = core.handles.by_token(token);
  if (handle != nullptr && (completion.flags & kMore) == 0) arm(*handle);
  uint32_t ready = kReadyHangup;
  if (completion.result >= 0) ready = readiness(static_cast<uint32_t>(completion.result));
  // What a stream has to read comes by its receive.
  if (handle != nullptr && streams(*handle)) {
    if (ready & kReadyHangup) ready |= kReadyWrite;
    ready &= kReadyWrite;
  }
  if (collecting_) {
    if (handle == nullptr) return;
    if (ready & (kReadyRead | kReadyHangup)) handle->may_read = true;
    if (ready & (kReadyWrite | kReadyHangup)) handle->may_write = true;
    if (ready & kReadyHangup) handle->drain = true;
    make_ready(*handle);
    return;
  }
  on_ready(token, ready);
}

void Uring::flush() {
  if (!ring_.has_submissions()) return;
  core.count(kSystemCalls);
  ring_.enter(0, 0);
}

void Uring::lower_deadline(uint64_t deadline_ms) {
  if (armed_ms_ != 0 && armed_ms_ <= deadline_ms) return;
  if (armed_ms_ != 0) {
    Submission* removal = ring_.submission(kOpTimeoutRemove, -1, kSourceIgnored);
    if (removal != nullptr) removal->address = kSourceTimeout;
  }
  armed_ms_ = deadline_ms;
  armed_.seconds = static_cast<int64_t>(deadline_ms / 1000);
  armed_.nanoseconds = static_cast<int64_t>(deadline_ms % 1000) * 1000000;
  Submission* timeout = ring_.submission(kOpTimeout, -1, kSourceTimeout);
  if (timeout == nullptr) return;
  timeout->address = reinterpret_cast<uint64_t>(&armed_);
  timeout->length = 1;
  timeout->op_flags = 1;  // IORING_TIMEOUT_ABS, on the monotonic clock
}

void Uring::wake() {
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  const uint64_t one = 1;
  ssize_t written = write(wake_, &one, sizeof one);
  static_cast<void>(written);
}

}  // namespace pike
