// What a few handles have beyond a descriptor: a bound Unix path, the wait behind a signal handle,
// the entry behind an event handle. Kept beside the handle table, so that an ordinary connection
// pays nothing for it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "events.h"
#include "signals.h"

namespace pike {

// One handle's extras.
struct Special {
  std::string path;                     // a Unix path that we bound, and its identity
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t allow_uid = -1;  // a listener on an abstract name: the only peer's user; -1: everyone
  std::unique_ptr<SignalWait> signals;  // owns the handle's descriptor
  EventKey event;
  EventMode mode = EventMode::kCoalescing;
};

// By slot.
class Specials {
 public:
  Special& make(uint32_t slot) { return map_[slot]; }
  Special* find(uint32_t slot) {
    const auto found = map_.find(slot);
    return found == map_.end() ? nullptr : &found->second;
  }
  void remove(uint32_t slot) { map_.erase(slot); }

 private:
  std::unordered_map<uint32_t, Special> map_;
};

}  // namespace pike
