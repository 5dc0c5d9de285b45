// The unread records of one wait, with the descriptor that tells of them.
//
// One thread pushes (the process-wide reader), another takes (the notifier's). The ring grows in
// powers of two up to its bound and is given back when a flood has been read.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "signals.h"

namespace pike {

class SignalQueue {
 public:
  explicit SignalQueue(uint64_t signal_bits) : bits_(signal_bits) {}
  ~SignalQueue();
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  // 0 or an errno.
  int open();
  int fd() const { return fd_; }
  uint64_t bits() const { return bits_; }

  // Adds a record, or merges a standard signal into an unread one of its number when the queue is
  // full.
  void push(const SignalRecord& record);

  // How many more records fit. At 0 the queue is held up until `take` says otherwise.
  uint32_t room();
  bool held_up();

  // The oldest record. `released` is set when a queue that was held up has room again.
  bool take(SignalRecord* out, bool* released);

 private:
  void grow();

  const uint64_t bits_;
  int fd_ = -1;
  std::mutex mutex_;
  std::vector<SignalRecord> ring_;  // its size is a power of two, or 0
  uint32_t first_ = 0;
  uint32_t count_ = 0;
  bool held_up_ = false;
  uint32_t unread_[32] = {};  // of each standard signal, by number
};

}  // namespace pike
