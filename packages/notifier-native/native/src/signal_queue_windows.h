// The unread records of one wait on Windows, which tells its backend of them by a packet.
//
// The thread that the system runs console handlers on pushes, another takes.
#pragma once
#include <deque>
#include <mutex>

#include "events_windows.h"
#include "signals.h"

namespace pike {

class SignalQueue {
 public:
  explicit SignalQueue(uint64_t signal_bits) : bits_(signal_bits) {}
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  uint64_t bits() const { return bits_; }
  // Adds a record. When the queue is full, one of its number merges with those unread.
  void push(const SignalRecord& record);
  // The oldest record. False: there is none, and the next one sends a packet.
  bool take(SignalRecord* out, PostTarget target);
  // Whether there is one; if not, the next one sends a packet.
  bool is_ready(PostTarget target);

 private:
  bool look(PostTarget target);

  const uint64_t bits_;
  std::mutex mutex_;
  std::deque<SignalRecord> records_;
  bool waits_ = false;
  PostTarget target_;
};

// A wait, as its backend sees it: the records tell by themselves.
class ConsoleWait final : public SignalWait {
 public:
  explicit ConsoleWait(uint64_t signal_bits) : queue(signal_bits) {}
  ~ConsoleWait() override;
  bool take(SignalRecord* out) override { return queue.take(out, {}); }
  bool has_any() const override { return queue.is_ready({}); }

  mutable SignalQueue queue;
};

inline SignalQueue& queue_of(const SignalWait& wait) {
  return static_cast<const ConsoleWait&>(wait).queue;
}

}  // namespace pike
