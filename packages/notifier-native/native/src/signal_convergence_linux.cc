// Making every thread block a set of signals. Used under the hub's mutex only; owns the list of
// nudges sent.
#include "signal_convergence_linux.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "signal_errand_linux.h"
#include "signal_handler_linux.h"
#include "signal_threads_linux.h"
#include "signals.h"

namespace pike {
namespace {

constexpr int64_t kAnswerMs = 1'000;  // for a thread that was nudged
constexpr int64_t kSettlingMs =
    100;  // for one inside libc, which may be waiting for a child to exec
constexpr int64_t kNudgesMs = 100;

int64_t now_ms() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

void pause_briefly() {
  const timespec pause{0, 50'000};
  nanosleep(&pause, nullptr);
}

}  // namespace

int SignalConvergence::converge(uint64_t bits) {
  const int64_t start = now_ms();
  for (int clean = 0; clean < 2;) {
    const Pass found = pass(bits);
    if (found.error != 0) return found.error;
    clean = found.clean ? clean + 1 : 0;
    if (found.clean) continue;
    if (now_ms() - start > (found.settling ? kSettlingMs : kAnswerMs)) break;
    pause_briefly();
  }
  return 0;
}

SignalConvergence::Settled SignalConvergence::settle(uint64_t bits) {
  const Pass found = pass(bits);
  if (found.error != 0 || !found.clean) return Settled::no;
  return found.doubtful ? Settled::doubtful : Settled::yes;
}

SignalConvergence::Pass SignalConvergence::pass(uint64_t bits) {
  std::vector<ThreadMasks> threads;
  Pass result{list_threads(&threads), true, false, false};
  if (result.error != 0) return result;
  std::vector<Nudged> alive;
  bool unanswered = false;
  for (const ThreadMasks& masks : threads) {
    if (masks.thread == current_thread()) continue;
    result.doubtful |= masks.blocks_all();
    if (masks.in_libc()) result.settling = true;
    uint64_t sent = nudged(masks.thread) & masks.pending;
    uint64_t awaited = sent & ~masks.blocked;  // else it came too late, and the thread blocks it
    const uint64_t lacking = bits & ~masks.blocked & ~sent;
    for (int number = 1; number <= 64; number++) {
      if ((lacking & signal_bit(number)) == 0) continue;
      const int error = nudge(masks.thread, number);
      if (error == ESRCH) continue;
      if (error == 0) sent |= signal_bit(number);
      awaited |= signal_bit(number);
    }
    if ((awaited & bits) != 0) unanswered = true;
    if (sent != 0) alive.push_back({masks.thread, sent});
  }
  nudged_.swap(alive);
  result.clean = !unanswered && !result.settling;
  result.settling &= !unanswered;
  return result;
}

uint64_t SignalConvergence::take_back_nudges(uint64_t bits) {
  uint64_t sent = 0;
  for (const Nudged& entry : nudged_) sent |= entry.bits & bits;
  const int64_t start = now_ms();
  while (sent != 0) {
    std::vector<ThreadMasks> threads;
    if (list_threads(&threads) != 0) return sent;
    uint64_t left = 0;
    for (const ThreadMasks& masks : threads) {
      const uint64_t pending = nudged(masks.thread) & masks.pending & bits;
      if (pending == 0) continue;
      const bool passing = masks.blocks_all() && masks.thread != current_thread();
      if (passing || !sweep_nudges(masks.thread, pending)) left |= pending;
    }
    if (left == 0 || now_ms() - start > kNudgesMs) return left;
    pause_briefly();
  }
  return 0;
}

uint64_t SignalConvergence::nudged(pid_t thread) const {
  const auto found = std::find_if(nudged_.begin(), nudged_.end(),
                                  [thread](const Nudged& entry) { return entry.thread == thread; });
  return found == nudged_.end() ? 0 : found->bits;
}

}  // namespace pike
