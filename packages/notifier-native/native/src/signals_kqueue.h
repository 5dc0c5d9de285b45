// Waits for signals over EVFILT_SIGNAL: the side that the kqueue backend sees.
//
// The filter counts deliveries and coexists with handlers, so there is neither a thread nor a queue
// of records here: a wait keeps one number per signal. What has to be seen to is that a signal
// nobody handles does not end the process, and that what was found is restored.
#pragma once
#include <cstdint>
#include <vector>

#include "signals.h"

namespace pike {

// Signals are 1 to 64; the real-time ones of FreeBSD lie beyond.
constexpr int kSignalEnd = 65;

class CountedWait final : public SignalWait {
 public:
  explicit CountedWait(uint64_t bits) : bits_(bits) { order_.reserve(kSignalEnd); }
  // The last waiter of a signal restores the disposition that was found.
  ~CountedWait() override;

  uint64_t bits() const { return bits_; }
  bool waits_for(int number) const { return (bits_ & signal_bit(number)) != 0; }

  // A signal was delivered so many times.
  void add(int number, uint64_t count);
  bool take(SignalRecord* out) override;
  bool has_any() const override { return !order_.empty(); }

 private:
  const uint64_t bits_;
  uint64_t counts_[kSignalEnd] = {};
  std::vector<int> order_;  // signals that have come and were not all taken, the first first
};

inline CountedWait& counted_wait(SignalWait& wait) { return static_cast<CountedWait&>(wait); }

// Looks, at most every 100 ms, whether somebody has put a default back that would end the process
// at the next signal that is waited for; libuv does when its last listener goes.
void keep_dispositions();

}  // namespace pike
