// Errands for other threads on a borrowed signal. Owns the borrowed disposition while it is
// borrowed.
#include "signal_errand_linux.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <vector>

#include "signal_handler_linux.h"
#include "signal_threads_linux.h"
#include "signals.h"

namespace pike {
namespace {

constexpr int kTries = 10'000;  // with the pause about a second
constexpr timespec kPause{0, 20'000};
constexpr int kSectionTries = 1'000;

std::atomic<pid_t> errand_thread{0};
std::atomic<uint64_t> errand_sweep{0};
std::atomic<uint64_t> errand_release{0};
std::atomic<bool> errand_done{false};

// Under the hub's mutex: the borrowed signal, and what it had. It stays ours while it is pending
// for a thread that hasn't answered: at its default it would end the process.
int borrowed_signal = 0;
struct sigaction borrowed_from;

// What is pending for the calling thread comes before what is pending for the process.
PIKE_IN_HANDLER void sweep_here(uint64_t bits) {
  const timespec at_once{0, 0};
  for (int number = 1; number <= 64; number++) {
    const uint64_t bit = uint64_t{1} << (number - 1);
    siginfo_t info;
    if ((bits & bit) == 0) continue;
    if (syscall(SYS_rt_sigtimedwait, &bit, &info, &at_once, sizeof bit) > 0) pass_on(&info);
  }
}

PIKE_IN_HANDLER void on_errand(int, siginfo_t* info, void* context) {
  const int kept_errno = errno;
  if (is_nudge(info) && syscall(SYS_gettid) == errand_thread.load()) {
    sweep_here(errand_sweep.load());
    // Here, on the thread itself, nothing more can be noted meanwhile.
    const uint64_t released = forget_blocked_in_main(errand_release.load());
    auto* frame = static_cast<ucontext_t*>(context);
    for (int number = 1; number <= 64; number++) {
      if ((released >> (number - 1) & 1) != 0) sigdelset(&frame->uc_sigmask, number);
    }
    errand_done.store(true);
  }
  errno = kept_errno;
}

ThreadMasks masks_of(pid_t thread) {
  std::vector<ThreadMasks> threads;
  list_threads(&threads);
  for (const ThreadMasks& masks : threads) {
    if (masks.thread == thread) return masks;
  }
  return {0, 0, 0};
}

bool borrow_signal(uint64_t blocked) {
  if (borrowed_signal != 0) return true;
  const struct sigaction ours = disposition_of(on_errand);
  for (int number = SIGRTMAX; number >= SIGRTMIN; number--) {
    if ((blocked & signal_bit(number)) != 0) continue;
    if (change_disposition(number, nullptr, &borrowed_from) != 0) continue;
    if (borrowed_from.sa_handler != SIG_DFL) continue;
    change_disposition(number, &ours, nullptr);
    borrowed_signal = number;
    return true;
  }
  return false;
}

void give_back_signal() {
  std::vector<ThreadMasks> threads;
  if (list_threads(&threads) != 0) return;
  for (const ThreadMasks& masks : threads) {
    if ((masks.pending & signal_bit(borrowed_signal)) != 0) return;
  }
  change_disposition(borrowed_signal, &borrowed_from, nullptr);
  borrowed_signal = 0;
}

bool run_errand(const ThreadMasks& masks, uint64_t sweep, uint64_t release) {
  // A mask with everything in it is a critical section that ends soon.
  if (!borrow_signal(masks.blocks_all() ? 0 : masks.blocked)) return false;
  errand_sweep.store(sweep);
  errand_release.store(release);
  errand_done.store(false);
  errand_thread.store(masks.thread);
  int error = EAGAIN;  // the user's limit of queued signals may be used up for a moment
  for (int i = 0; i < kTries && !errand_done.load() && error != ESRCH; i++) {
    if (error == EAGAIN) error = nudge(masks.thread, borrowed_signal);
    nanosleep(&kPause, nullptr);
  }
  errand_thread.store(0);
  give_back_signal();
  return errand_done.load() || error == ESRCH;
}

}  // namespace

bool sweep_nudges(pid_t thread, uint64_t bits) {
  if (thread == current_thread()) {
    sweep_here(bits);
    return true;
  }
  return run_errand(masks_of(thread), bits, 0);
}

void release_main_thread(uint64_t bits) {
  ThreadMasks masks = masks_of(getpid());
  // Everything blocked may be pike's own handler at work, which has yet to note what it blocks.
  for (int i = 0; i < kSectionTries && masks.blocks_all(); i++) {
    nanosleep(&kPause, nullptr);
    masks = masks_of(getpid());
  }
  if ((masks.blocked & bits) == 0 || (blocked_in_main() & bits) == 0) return;
  run_errand(masks, 0, bits);
}

}  // namespace pike
