// The one timer queue of a notifier: deadlines of requests, earliest first. The backend's own timer
// is armed for the earliest and lowered lazily, so a deadline per read costs no system call at
// steady state.
#pragma once
#include <cstdint>
#include <vector>

#include "requests.h"

namespace pike {

// Milliseconds of the monotonic clock. See std::chrono::steady_clock.
uint64_t now_ms();
// Nanoseconds of the same clock.
uint64_t now_ns();

// A binary heap of request numbers; each request knows its place, so one can be taken out from the
// middle.
class Timers {
 public:
  explicit Timers(Requests& requests) : requests_(requests) {}
  void add(Request& request, uint64_t deadline_ms);
  void remove(Request& request);
  bool empty() const { return heap_.empty(); }
  uint64_t earliest() const { return heap_[0].deadline_ms; }
  // The request whose deadline has passed, taken out; nullptr when there is none.
  Request* expired(uint64_t now);

 private:
  struct Entry {
    uint64_t deadline_ms;
    uint32_t order;  // of two with the same deadline, the one that was set first
    uint32_t id;
    bool before(const Entry& other) const {
      if (deadline_ms != other.deadline_ms) return deadline_ms < other.deadline_ms;
      return static_cast<int32_t>(order - other.order) < 0;
    }
  };
  void place(uint32_t index, Entry entry);
  void rise(uint32_t index, Entry entry);
  void sink(uint32_t index, Entry entry);

  Requests& requests_;
  std::vector<Entry> heap_;
  uint32_t order_ = 0;
};

}  // namespace pike
