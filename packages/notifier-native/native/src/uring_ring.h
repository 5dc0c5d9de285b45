// One io_uring: set-up with what the kernel has, the two queues, entering the kernel. Knows nothing
// of handles.
#pragma once
#include <cstddef>
#include <string>

#include "uring_abi.h"

namespace pike::uring {

class Ring {
 public:
  Ring() = default;
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Sets a ring up, with fewer features until the kernel agrees. 0 or an errno.
  int open(uint32_t entries, uint32_t completions);
  // A zeroed submission; enters the kernel to make room when the queue is full. Null: the kernel
  // takes none now.
  Submission* submission(Opcode opcode, int fd, uint64_t user_data);
  bool has_submissions() const { return pending_ > 0; }
  // Hands over what is queued; waits for `want` completions up to `timeout_ms` (−1: for ever). Runs
  // deferred work.
  int enter(uint32_t want, int timeout_ms);
  // Whether there is a completion to take.
  bool ready() const { return *cq_head_ != __atomic_load_n(cq_tail_, __ATOMIC_ACQUIRE); }
  // The next completion; false when there is none.
  bool next(Completion* out);
  // Completions that the queue could not hold: the kernel keeps them until it is entered.
  bool overflowed() const;
  int register_call(uint32_t what, void* argument, uint32_t count);
  // Whether the kernel has an opcode.
  bool has(Opcode opcode) const { return opcode <= last_opcode_ && supported_[opcode]; }
  bool deferred() const { return (flags_ & kSetupDeferTaskrun) != 0; }
  uint64_t entered() const { return entered_; }

 private:
  uint32_t room() const;
  int map(const Parameters& parameters);
  void probe();

  int fd_ = -1;
  uint32_t flags_ = 0;
  void* rings_ = nullptr;
  size_t rings_size_ = 0;
  Submission* submissions_ = nullptr;
  size_t submissions_size_ = 0;
  uint32_t *sq_head_ = nullptr, *sq_tail_ = nullptr, *sq_flags_ = nullptr;
  uint32_t *cq_head_ = nullptr, *cq_tail_ = nullptr;
  uint32_t sq_mask_ = 0, sq_entries_ = 0, cq_mask_ = 0;
  Completion* completions_ = nullptr;
  uint32_t pending_ = 0;
  uint64_t entered_ = 0;
  uint32_t last_opcode_ = 0;
  bool supported_[256] = {};
};

}  // namespace pike::uring
