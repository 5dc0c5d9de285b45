// The process-wide table of events, whatever tells of a post: slots that are used again under a new
// generation, so that a stale poster finds nothing. One of the three process-wide states, behind
// one mutex, which its user takes.
#pragma once
#include <algorithm>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "events.h"

namespace pike {

// What the table itself keeps of an event; a system's own record derives from it.
struct EventSlot {
  uint32_t generation = 1;
  bool open = false;
};

template <typename Entry>
class EventTable {
 public:
  // Never destroyed: threads may post while the process exits.
  static EventTable& of_process() {
    static EventTable* const table = new EventTable();
    return *table;
  }

  // A fresh entry, and its name.
  Entry& open(EventKey* key) {
    if (free_.empty()) {
      free_.push_back(static_cast<uint32_t>(entries_.size()));
      entries_.emplace_back();
    }
    key->slot = free_.back();
    free_.pop_back();
    Entry& entry = entries_[key->slot];
    key->generation = entry.generation;
    entry = Entry();
    entry.generation = key->generation;
    entry.open = true;
    return entry;
  }
  // The entry of a name; nullptr when it is stale or nonsense.
  Entry* find(EventKey key) {
    if (key.slot >= entries_.size()) return nullptr;
    Entry& entry = entries_[key.slot];
    return entry.open && entry.generation == key.generation ? &entry : nullptr;
  }
  // Frees a slot; its generation is spent.
  void close(EventKey key) {
    Entry& entry = entries_[key.slot];
    entry.open = false;
    entry.generation = entry.generation == UINT32_MAX ? 1 : entry.generation + 1;
    free_.push_back(key.slot);
  }

  std::shared_mutex mutex;

 private:
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
};

// Number.MAX_SAFE_INTEGER: what one take gives at most.
constexpr uint64_t kPostsTakenMax = (uint64_t{1} << 53) - 1;

// Posts counted in memory, where the system does not count them.
struct Posts {
  uint64_t count = 0;

  // False when it would be more than eventfd(2) holds, so that counts mean the same everywhere.
  bool add(uint32_t amount) {
    if (UINT64_MAX - 1 - count < amount) return false;
    count += amount;
    return true;
  }
  // 0 when there are none.
  uint64_t take(EventMode mode) {
    uint64_t taken = count;
    if (mode == EventMode::kSemaphore) taken = std::min<uint64_t>(taken, 1);
    if (mode == EventMode::kCounting) taken = std::min(taken, kPostsTakenMax);
    count -= taken;
    return mode == EventMode::kCoalescing ? std::min<uint64_t>(taken, 1) : taken;
  }
};

}  // namespace pike
