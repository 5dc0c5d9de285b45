// The timer queue; see timers.h.
#include "timers.h"

#include <chrono>

namespace pike {

uint64_t now_ms() { return now_ns() / 1'000'000; }

uint64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

void Timers::add(Request& request, uint64_t deadline_ms) {
  heap_.push_back({});
  rise(static_cast<uint32_t>(heap_.size() - 1), {deadline_ms, order_++, request.id});
}

void Timers::remove(Request& request) {
  const uint32_t index = request.timer;
  if (index == kNone) return;
  request.timer = kNone;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  if (index > 0 && last.before(heap_[(index - 1) / 2])) rise(index, last);
  else sink(index, last);
}

Request* Timers::expired(uint64_t now) {
  if (heap_.empty() || heap_[0].deadline_ms > now) return nullptr;
  Request& request = requests_.at(heap_[0].id);
  remove(request);
  return &request;
}

void Timers::place(uint32_t index, Entry entry) {
  heap_[index] = entry;
  requests_.at(entry.id).timer = index;
}

void Timers::rise(uint32_t index, Entry entry) {
  while (index > 0) {
    const uint32_t parent = (index - 1) / 2;
    if (!entry.before(heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, entry);
}

void Timers::sink(uint32_t index, Entry entry) {
  const uint32_t count = static_cast<uint32_t>(heap_.size());
  for (;;) {
    uint32_t child = 2 * index + 1;
    if (child >= count) break;
    if (child + 1 < count && heap_[child + 1].before(heap_[child])) child++;
    if (!heap_[child].before(entry)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, entry);
}

}  // namespace pike
