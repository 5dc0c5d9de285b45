// io_uring(7): what streams receive comes by multishot receives into buffers from a pool that all
// share: no call per message, and an idle connection holds no memory. The rest is epoll's, on which
// this backend stands: connects, datagrams, events, signals, other descriptors.
//
// The ring is worked off by the one thread that owns it, only when it enters the kernel
// (SINGLE_ISSUER, DEFER_TASKRUN). The kernel writes a registered eventfd when there is something to
// work off, and epoll watches that one: the ring's own descriptor would not wake a waiter that is
// blocked already. It is told to do so only before the loop waits; while a turn runs the queues are
// looked at instead. Eventfds are never polled by the ring itself: their wake-ups inside a wake-up
// are put off by the kernel for milliseconds.
#include "uring.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "errors.h"

namespace pike {

using namespace uring;

namespace {

constexpr uint32_t kSubmissions = 1024;
constexpr uint32_t kCompletionsHeld = 4096;

constexpr uint32_t kSlotMask = kSlotsMax - 1;

// At the end of a notifier, the kernel is given so long to let go of what it works on.
constexpr uint64_t kReapMs = 1000;

uint64_t user_data(const Handle& handle, uint32_t work) {
  return handle.token() | (static_cast<uint64_t>(work) << kSlotBits);
}

const char* explain(int error) {
  switch (error) {
    case ENOSYS:
      return "ENOSYS: this kernel, or a container's seccomp filter, has no io_uring";
    case EPERM:
      return "EPERM: a seccomp filter or the sysctl kernel.io_uring_disabled forbids it";
    case ENOMEM:
      return "ENOMEM: RLIMIT_MEMLOCK (ulimit -l) is too low, or memory is short";
    case EMFILE:
      return "EMFILE: the process may open no more descriptors (ulimit -n)";
    case ENFILE:
      return "ENFILE: the system has no more descriptors";
    default:
      return nullptr;
  }
}

}  // namespace

Uring::~Uring() {
  if (notify_ >= 0) close(notify_);
}

int Uring::refuse(const char* what, int error) {
  const char* known = explain(error);
  refusal_ =
      std::string(what) + " was refused with " + (known != nullptr ? known : strerror(error));
  return kUnsupported;
}

int Uring::open() {
  uint32_t mask = 0;
  std::string unknown;
  if (!read_features(without_, &mask, &unknown)) {
    refusal_ = "PIKE_URING_FEATURES names \"" + unknown +
               "\", which is no \"-feature\" of: " + feature_names(kAllFeatures);
    return kUnsupported;
  }
  const char* failed = "";
  int error = ring_.open(kSubmissions, kCompletionsHeld, mask, &failed);
  if (error != 0) return refuse(failed, error);
  features_ = ring_.features();
  // Without buffer rings, streams are read by readiness.
  if ((mask & kBufferRings) != 0 && ring_.has(kOpRecv)) {
    error = pool_.open(ring_);
    if (error == 0) features_ |= kBufferRings;
    else if (error != EINVAL) return refuse("memory for io_uring", error);
  }
  // Which flags an opcode knows cannot be asked; SEND_ZC came with the multishot receive.
  if (has(kBufferRings) && ring_.has(kOpSendZc)) features_ |= mask & kReceiveMultishot;
  if (!wanted_ && !(has(kDeferTaskrun) && has(kReceiveMultishot))) {
    refusal_ = "this kernel's io_uring is older than Linux 6.1";
    return kUnsupported;
  }
  notify_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (notify_ < 0) return refuse("eventfd", errno);
  error = ring_.register_eventfd(notify_);
  if (error != 0) return refuse("io_uring_register", error);
  const int code = Epoll::open();
  if (code != 0) return refuse("epoll", code);
  if (watch_own(notify_) != 0) return refuse("epoll_ctl", errno);
  ring_.tell(false);
  if (has(kReceiveMultishot) && (mask & kReceiveLimit) != 0) probe_receive_limit();
  if (ring_.has(kOpAccept)) features_ |= mask & kRingAccept;
  if (ring_.has(kOpSend)) features_ |= mask & (kRingSend | kSendCopied);
  if (ring_.has(kOpSendZc)) features_ |= mask & kSendZeroCopy;
  return 0;
}

// --- Entering the kernel

void Uring::enter(uint32_t wanted) {
  core.count(kSystemCalls);
  core.count(kKernelEntries);
  const uint64_t before = ring_.entries();
  ring_.enter(wanted);
  const double more = static_cast<double>(ring_.entries() - before - 1);
  core.count(kSystemCalls, more);
  core.count(kKernelEntries, more);
}

// One entry a turn: where its submissions have taken it, work that comes while it waits is left to
// the next turn, which then does not wait.
void Uring::wait(int timeout_ms) {
  hold_back();
  if (timeout_ms != 0 && flush()) timeout_ms = 0;
  Epoll::wait(timeout_ms);
  take();
}

void Uring::collect() { take(); }

void Uring::take() {
  ring_.tell(false);
  submit_blocks();
  // What the last entry left is enough for a turn: the next one goes along with what that sends.
  if (!drain() && (ring_.must_enter() || ring_.has_submissions())) {
    enter();
    drain();
  }
  serve_ready();
  for (const uint64_t token : touched_) {
    Handle* handle = core.handles.by_token(token);
    if (handle != nullptr) want_more(*handle);
  }
}

bool Uring::drain() {
  Completion completion;
  bool any = false;
  for (; ring_.next(&completion); any = true) complete(completion);
  return any;
}

bool Uring::flush() {
  hold_back();
  submit_blocks();
  if (ring_.has_submissions()) enter();
  ring_.tell(true);
  // What the kernel did not take is no news that wakes a waiter.
  return has_work() || ring_.has_submissions();
}

Submission& Uring::submit_work(Opcode opcode, const Handle& handle, uint32_t work) {
  inlet(handle).operations++;
  operations_++;
  return ring_.submission(opcode, handle.fd, user_data(handle, work));
}

void Uring::cancel_work(const Handle& handle, uint32_t work) {
  // The operation that it ends completes by itself.
  ring_.submission(kOpAsyncCancel, -1, kNothing).address = user_data(handle, work);
}

void Uring::complete(const Completion& completion) {
  if (completion.user_data == kNothing) return;
  if (static_cast<uint32_t>(completion.user_data) == kGathered) {
    gathered_writes_[completion.user_data >> 32].sent = completion.result;
    return;
  }
  const uint64_t generation = completion.user_data & ~uint64_t{UINT32_MAX};
  const uint32_t low = static_cast<uint32_t>(completion.user_data);
  const uint32_t work = low >> kSlotBits;
  // Memory that was lent comes back after the operation has ended, however late.
  const bool ended =
      work == kLending ? (completion.flags & kNotification) == 0 : (completion.flags & kMore) == 0;
  if (ended) operations_--;
  Handle* handle = core.handles.by_token(generation | (low & kSlotMask));
  if (handle == nullptr) return forget(work, completion);
  if (ended) inlet(*handle).operations--;
  switch (work & kWorkMask) {
    case kReceiving:
      received(*handle, completion);
      break;
    case kAccepting:
      accepted(*handle, work >> kWorkBits, completion.result);
      break;
    case kSending:
      sent(*handle, completion.result);
      break;
    default:
      lent(*handle, completion);
  }
  if (ended) work_ended(*handle, inlet(*handle));
}

// Nobody's any more.
void Uring::forget(uint32_t work, const Completion& completion) {
  core.count(kStaleEvents);
  if (work == kReceiving && (completion.flags & kHasBuffer) != 0) {
    pool_.lent();
    pool_.give_back(static_cast<uint16_t>(completion.flags >> kBufferShift));
  }
  if ((work & kWorkMask) == kAccepting && completion.result >= 0) close(completion.result);
}

// --- Letting go

bool Uring::withdraw(Handle& handle) {
  const Inlet* found = find_inlet(handle);
  if (found == nullptr || (found->operations == 0 && found->block == kNoBlock)) return false;
  stop_receiving(handle, inlet(handle));
  stop_sending(handle);
  stop_asking(handle);
  return true;
}

// The close of a handle waits among its waits, alone.
void Uring::work_ended(Handle& handle, Inlet& inlet) {
  if (!handle.closing || inlet.operations > 0 || inlet.block != kNoBlock ||
      handle.waits.head == kNone)
    return;
  core.finish(core.requests.at(handle.waits.head), 0);
}

void Uring::release(Handle& handle) {
  Epoll::release(handle);
  if (handle.slot < inlets_.size()) drop(inlets_[handle.slot]);
  if (handle.kind == Kind::kListener) close_door(handle);
}

// An operation in the kernel holds the descriptor's file open and may write into memory of ours:
// all have to be gone before anything is closed.
void Uring::quiesce() {
  if (operations_ == 0) return;
  for (uint32_t slot = 0; slot < inlets_.size() && operations_ > 0; slot++) {
    Handle* handle = core.handles.at(slot);
    if (handle == nullptr || handle->kind == Kind::kFree) continue;
    handle->closing = true;
    withdraw(*handle);
  }
  const uint64_t deadline_ms = now_ms() + kReapMs;
  const timespec pause{0, 1000000};
  for (;;) {
    enter();
    drain();
    if (operations_ == 0 || now_ms() >= deadline_ms) break;
    nanosleep(&pause, nullptr);
  }
  if (operations_ == 0) return;
  core.count(kLeaked, operations_);
  pool_.leak();
  blocks_.leak();
  for (auto& entry : doors_) static_cast<void>(entry.second.release());
}

std::unique_ptr<Backend> make_uring(const Choice& choice, Core& core, BufferSource& buffers) {
  const bool wanted = choice.name == "io_uring";
  return std::make_unique<Uring>(core, buffers, choice.features, wanted);
}

}  // namespace pike
