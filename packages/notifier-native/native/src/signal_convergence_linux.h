// Making every thread of the process block a set of signals, without losing one that arrives
// meanwhile.
//
// signalfd(2) only sees a signal that every thread blocks. Threads come and go while we look, so
// passes over all threads are repeated until two in a row find nothing to do: the second begins
// after the first has seen every creator of threads with its new mask, so that no newborn with an
// old one can be missing from it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace pike {

class SignalConvergence {
 public:
  // Makes the other threads block `bits`; the caller sees to its own. 0, or why the threads could
  // not be listed at all. A thread that doesn't answer is left to `settled` and, meanwhile, to the
  // handler.
  int converge(uint64_t bits);

  // One more pass later on: some other library's critical section looks, from outside, like a
  // thread that blocks everything for good.
  enum class Settled { yes, doubtful, no };
  Settled settle(uint64_t bits);

  // Waits until none of our own nudges is pending for `bits`, or takes it back: a thread may have
  // blocked the signal just before the nudge came, and must not meet it at a default disposition.
  // Gives those for which that failed.
  uint64_t take_back_nudges(uint64_t bits);

 private:
  struct Nudged {
    pid_t thread;
    uint64_t bits;
  };
  struct Pass {
    int error;
    bool clean;     // nothing was left to do
    bool settling;  // a thread was inside libc, and will have another mask in a moment
    bool doubtful;  // a thread blocked everything
  };

  Pass pass(uint64_t bits);
  uint64_t nudged(pid_t thread) const;

  std::vector<Nudged> nudged_;
};

}  // namespace pike
