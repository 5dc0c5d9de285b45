// One io_uring: set-up with what the kernel has, the two queues, entering the kernel. Knows nothing
// of handles.
#pragma once
#include <cstddef>
#include <deque>
#include <string>

#include "uring_abi.h"
#include "uring_features.h"

namespace pike::uring {

// User data of what says nothing when it completes.
constexpr uint64_t kNothing = 0xffffffff;

class Ring {
 public:
  Ring() = default;
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Sets a ring up with those features of `mask` that the kernel agrees to. 0 or an errno, and then
  // `failed` is the call that failed.
  int open(uint32_t entries, uint32_t completions, uint32_t mask, const char** failed);
  // What it was set up with, of kSingleIssuer to kTaskrunFlag.
  uint32_t features() const { return features_; }
  // Whether the kernel has an opcode.
  bool has(Opcode opcode) const { return opcode <= last_opcode_ && supported_[opcode]; }
  int register_call(uint32_t what, void* argument, uint32_t count);
  // Has the kernel write `fd` when completions or work are there, while `tell(true)`.
  int register_eventfd(int fd);
  void tell(bool on);

  // A zeroed submission, to be filled in before the next; enters the kernel to make room when the
  // queue is full. Where the kernel takes none then, it waits in memory of ours.
  Submission& submission(Opcode opcode, int fd, uint64_t user_data);
  // Whether a submission has a place in the queue itself.
  bool has_room() const { return room() > 0 && backlog_.empty(); }
  bool has_submissions() const {
    return pending_ > 0 || !backlog_.empty() ||
           *sq_tail_ != __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE);
  }
  // Hands over what is queued, and has deferred work done. `wanted`: so many completions are sure
  // to be there at once, and as much deferred work is done.
  void enter(uint32_t wanted = 0);
  // Makes what the kernel has not taken into nothing, where the low half of its user data is
  // `mark`.
  void take_back(uint32_t mark);
  // Whether completions wait for a place, and for an entry.
  bool overflowed() const;
  // Whether only entering the kernel brings completions that are there.
  bool must_enter() const;
  // Whether there is a completion to take, now or after entering.
  bool has_work() const { return ready() || must_enter(); }
  // The next completion; false when there is none.
  bool next(Completion* out);
  // How often the kernel was entered.
  uint64_t entries() const { return entered_; }

 private:
  bool ready() const { return *cq_head_ != __atomic_load_n(cq_tail_, __ATOMIC_ACQUIRE); }
  uint32_t room() const;
  uint32_t publish();
  int set_up(uint32_t entries, uint32_t completions, uint32_t features, Parameters* parameters);
  int map(const Parameters& parameters);
  void probe();

  int fd_ = -1;
  uint32_t features_ = 0;
  void* rings_ = nullptr;
  size_t rings_size_ = 0;
  Submission* submissions_ = nullptr;
  size_t submissions_size_ = 0;
  uint32_t *sq_head_ = nullptr, *sq_tail_ = nullptr, *sq_flags_ = nullptr;
  uint32_t *cq_head_ = nullptr, *cq_tail_ = nullptr, *cq_flags_ = nullptr;
  uint32_t sq_mask_ = 0, sq_entries_ = 0, cq_mask_ = 0;
  Completion* completions_ = nullptr;
  uint32_t pending_ = 0;
  std::deque<Submission> backlog_;  // that the kernel had no place for
  uint64_t entered_ = 0;
  uint32_t last_opcode_ = 0;
  bool supported_[256] = {};
};

}  // namespace pike::uring
