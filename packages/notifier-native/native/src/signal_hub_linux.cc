// The process-wide signal state: opening and closing waits. What the reader thread does is in
// signal_reader_linux.cc.
//
// Everything here runs with all signals blocked, on the thread of whoever opens or closes.
#include "signal_hub_linux.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "signal_errand_linux.h"
#include "signal_handler_linux.h"
#include "signal_threads_linux.h"
#include "signals.h"

namespace pike {
namespace {

constexpr int kPipeSize = 1 << 20;  // 8,192 signals caught by threads that didn't block them yet
constexpr int kSignalEnd = 65;
constexpr int kDroppedMax =
    1 << 17;  // more than a user may queue by default; ends under a flood that doesn't
constexpr uint64_t kRealtimeBits = ~uint64_t{0} << 31;

sigset_t set_of(uint64_t bits) {
  sigset_t set;
  sigemptyset(&set);
  for (int number = 1; number < kSignalEnd; number++) {
    if ((bits & signal_bit(number)) != 0) sigaddset(&set, number);
  }
  return set;
}

// Whether the process would end, or Node's own last rites would run, if the signal were delivered
// to it.
bool ends_process(const struct sigaction& action) {
  return (action.sa_flags & SA_RESETHAND) != 0 || action.sa_handler == SIG_DFL;
}

}  // namespace

// The mutex, and then every signal blocked: a handler that interrupted the holder could wait for
// the reader, and the reader for the mutex. Threads that wait for the mutex keep their mask, so
// that they can be nudged.
class SignalHub::Exclusive {
 public:
  explicit Exclusive(SignalHub& hub) : lock_(hub.mutex_) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask_);
  }
  ~Exclusive() { pthread_sigmask(SIG_SETMASK, &mask_, nullptr); }  // before the mutex is let go

  // Leaves the signals blocked in this thread from now on.
  void block_here(uint64_t bits) {
    for (int number = 1; number < kSignalEnd; number++) {
      if ((bits & signal_bit(number)) == 0 || sigismember(&mask_, number) == 1) continue;
      sigaddset(&mask_, number);
      if (is_main_thread()) note_blocked_in_main(signal_bit(number));
    }
  }
  void unblock_here(uint64_t bits) {
    for (int number = 1; number < kSignalEnd; number++) {
      if ((bits & signal_bit(number)) != 0) sigdelset(&mask_, number);
    }
  }

 private:
  std::lock_guard<std::mutex> lock_;
  sigset_t mask_;
};

SignalHub& SignalHub::instance() {
  static SignalHub& hub = *new SignalHub;
  return hub;
}

int SignalHub::join(SignalQueue* queue) {
  Exclusive exclusive(*this);
  if (const int error = start(); error != 0) return error;
  const uint64_t bits = queue->bits();
  for (int number = 1; number < kSignalEnd; number++) {
    if ((bits & signal_bit(number)) != 0 && waiters_[number]++ == 0) take_over(number);
  }
  waited_ |= bits;
  set_waited_signals(waited_);
  queues_.push_back(queue);
  if (unblocked_) return 0;
  if (const int error = convergence_.converge(bits); error != 0) {
    queues_.pop_back();
    let_go(bits, exclusive);
    return error;
  }
  exclusive.block_here(bits);
  listen_to_waited();
  settle_soon();
  return 0;
}

void SignalHub::leave(SignalQueue* queue) {
  Exclusive exclusive(*this);
  queues_.erase(std::find(queues_.begin(), queues_.end(), queue));
  let_go(queue->bits(), exclusive);
}

void SignalHub::leave_unblocked() {
  Exclusive exclusive(*this);
  unblocked_ = true;
  catch_without_blocking();
}

void SignalHub::take_over_again(uint64_t listened) {
  Exclusive exclusive(*this);
  if (!unblocked_) return;
  listened_by_others_ = listened;
  for (int number = 1; number < kSignalEnd; number++) {
    if ((waited_ & signal_bit(number)) != 0) take_over(number);
  }
}

SignalHub::Undisturbed::Undisturbed() {
  if (catches_without_blocking()) {
    const sigset_t all = set_of(~uint64_t{0});
    pthread_sigmask(SIG_BLOCK, &all, &mask_);
  }
}

SignalHub::Undisturbed::~Undisturbed() {
  if (catches_without_blocking()) pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
}

void SignalHub::resume() {
  Exclusive exclusive(*this);
  listen_to_waited();
}

int SignalHub::start() {
  if (started_) return 0;
  const sigset_t none = set_of(0);
  int error = 0;
  if (pipe_[0] < 0 && pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
  fcntl(pipe_[1], F_SETPIPE_SZ, kPipeSize);  // refused to a user with many large pipes: 64 KiB then
  if (signal_fd_ < 0) signal_fd_ = signalfd(-1, &none, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signal_fd_ < 0) return errno;
  set_overflow_pipe(pipe_[1]);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  const auto run = [](void* hub) -> void* { static_cast<SignalHub*>(hub)->read_forever(); };
  error = pthread_create(&thread, &attributes, run, this);  // with every signal blocked, as here
  pthread_attr_destroy(&attributes);
  started_ = error == 0;
  return error;
}

void SignalHub::listen_to_waited() {
  uint64_t held_up = 0;
  for (SignalQueue* queue : queues_) {
    if (queue->held_up()) held_up |= queue->bits() & kRealtimeBits;
  }
  const uint64_t listened = unblocked_ ? 0 : waited_ & ~held_up;
  if (listened == listened_) return;
  listened_ = listened;
  // Wakes the reader's poll. By number, for ThreadSanitizer takes signalfd() to make a new
  // descriptor always.
  [[maybe_unused]] const long fd =
      syscall(SYS_signalfd4, signal_fd_, &listened, sizeof listened, 0);
  assert(fd == signal_fd_);
}

void SignalHub::take_over(int number) {
  const struct sigaction ours = pike_disposition();
  struct sigaction found;
  change_disposition(number, &ours, &found);
  // Ours already, when a handler installed over it has put it back after we had left.
  if (!is_pike_disposition(found)) found_[number] = found;
  if (!unblocked_) return;
  const bool listened = (listened_by_others_ & signal_bit(number)) != 0;
  set_other_handler(number, listened ? &found_[number] : nullptr);
}

// One waiter fewer for each signal of the set.
void SignalHub::let_go(uint64_t bits, Exclusive& exclusive) {
  uint64_t gone = 0;
  for (int number = 1; number < kSignalEnd; number++) {
    if ((bits & signal_bit(number)) != 0 && --waiters_[number] == 0) gone |= signal_bit(number);
  }
  waited_ &= ~gone;
  set_waited_signals(waited_);
  listen_to_waited();
  if (gone == 0) return;
  const uint64_t unanswered = unblocked_ ? 0 : convergence_.take_back_nudges(gone);
  for (int number = 1; number < kSignalEnd; number++) {
    if ((gone & signal_bit(number)) != 0) put_back(number, (unanswered & signal_bit(number)) != 0);
  }
  if (unblocked_) return;
  if (is_main_thread()) {
    exclusive.unblock_here(forget_blocked_in_main(gone));
  } else {
    release_main_thread(gone);
  }
}

// Restores what was found, unless someone has installed another since. Signals that arrive from
// here on stay pending, for all threads still block them, and meet what is restored.
void SignalHub::put_back(int number, bool discard) {
  struct sigaction ignore;
  std::memset(&ignore, 0, sizeof ignore);
  ignore.sa_handler =
      SIG_IGN;  // discards what is pending anywhere, with it a nudge that nobody took
  struct sigaction last;
  change_disposition(number, discard ? &ignore : &found_[number], &last);
  const bool others = !is_pike_disposition(last);
  if (!others) last = found_[number];
  if (others || discard) change_disposition(number, &last, nullptr);
  if (!ends_process(last)) return;
  // They arrived while somebody waited for them: nobody asked that they end the process.
  const sigset_t set = set_of(signal_bit(number));
  const timespec at_once{0, 0};
  for (int i = 0; i < kDroppedMax && sigtimedwait(&set, nullptr, &at_once) > 0;) i++;
}

}  // namespace pike
