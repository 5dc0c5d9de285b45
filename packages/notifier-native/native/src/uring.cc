// io_uring(7): the kernel's queues instead of a call per wait. Descriptors are watched by multishot polls, which
// tell of every edge until they are cancelled; submissions are gathered and go in with the next wait.
//
// The ring is worked off by the one thread that owns it, only when it enters the kernel (SINGLE_ISSUER,
// DEFER_TASKRUN). So the runtime's loop watches a registered eventfd, which the kernel writes when there is
// something to work off; the ring's own descriptor would not wake a waiter that is blocked already.
#include "uring.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

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
  kSourceIgnored = 3ull << 24,  // cancellations: the request they end completes by itself
};
constexpr uint64_t kSourceMask = 0xffull << 24;

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
void Uring::disarm(Handle& handle) {
  Submission* removal = ring_.submission(kOpPollRemove, -1, kSourceIgnored);
  if (removal == nullptr) return;
  removal->address = handle.token() | kSourcePoll;
  core.count(kSystemCalls);
  ring_.enter(0, 0);
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
    case kSourceIgnored:
      return;
    default:
      break;
  }
  const uint64_t token = completion.user_data;
  if (completion.result == -ECANCELED) return;
  Handle* handle = core.handles.by_token(token);
  if (handle != nullptr && (completion.flags & kMore) == 0) arm(*handle);
  on_ready(token, completion.result < 0 ? uint32_t{kReadyHangup} : readiness(static_cast<uint32_t>(completion.result)));
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
