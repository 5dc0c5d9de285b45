// Events on Windows: counts in a process-wide table, and PostQueuedCompletionStatus to whoever
// waits; see events.h. A port is closed only after its events have left the table, so a post never
// reaches a port that took the number.
#include "events_windows.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "layout.h"

namespace pike {

namespace {

// What eventfd(2) holds, so that the counts mean the same on every system.
constexpr uint64_t kPostsHeldMax = UINT64_MAX - 1;
// Number.MAX_SAFE_INTEGER
constexpr uint64_t kSafeIntegerMax = (uint64_t{1} << 53) - 1;

struct Entry {
  uint32_t generation = 1;
  bool open = false;
  bool waits = false;  // the next post sends a packet to `target`
  EventMode mode = EventMode::kCoalescing;
  uint64_t posts = 0;
  PostTarget target;
};

struct Table {
  std::mutex mutex;
  std::vector<Entry> entries;
  std::vector<uint32_t> free;
};

// Never destroyed: threads may post while the process exits.
Table& table() {
  static Table* const the = new Table();
  return *the;
}

Entry* find(Table& table, EventKey key) {
  if (key.slot >= table.entries.size()) return nullptr;
  Entry& entry = table.entries[key.slot];
  return entry.open && entry.generation == key.generation ? &entry : nullptr;
}

uint64_t take(Entry& entry) {
  if (entry.posts == 0) return 0;
  const uint64_t posts = std::min(entry.posts, kSafeIntegerMax);
  if (entry.mode == EventMode::kSemaphore) {
    entry.posts--;
    return 1;
  }
  entry.posts = 0;
  return entry.mode == EventMode::kCoalescing ? 1 : posts;
}

}  // namespace

int open_event(EventMode mode, EventKey* key, Descriptor* fd) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.free.empty()) {
    all.free.push_back(static_cast<uint32_t>(all.entries.size()));
    all.entries.emplace_back();
  }
  key->slot = all.free.back();
  all.free.pop_back();
  Entry& entry = all.entries[key->slot];
  const uint32_t generation = entry.generation;
  entry = Entry();
  entry.generation = key->generation = generation;
  entry.open = true;
  entry.mode = mode;
  *fd = kNoDescriptor;
  return 0;
}

void close_event(EventKey key) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry == nullptr) return;
  entry->open = false;
  entry->generation = entry->generation == UINT32_MAX ? 1 : entry->generation + 1;
  all.free.push_back(key.slot);
}

int post_event(EventKey key, uint32_t count) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry == nullptr) return kClosed;
  if (count > kPostsHeldMax - entry->posts) return kAgain;
  entry->posts += count;
  if (!entry->waits) return 0;
  entry->waits = false;
  PostQueuedCompletionStatus(entry->target.port, 0, entry->target.key, nullptr);
  return 0;
}

uint64_t take_event(EventKey key, PostTarget target) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry == nullptr) return 0;
  const uint64_t posts = take(*entry);
  entry->waits = posts == 0;
  entry->target = target;
  return posts;
}

bool has_event(EventKey key, PostTarget target) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry == nullptr) return false;
  entry->waits = entry->posts == 0;
  entry->target = target;
  return entry->posts > 0;
}

}  // namespace pike
