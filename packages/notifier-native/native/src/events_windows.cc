// Events on Windows: counts in a process-wide table, and PostQueuedCompletionStatus to whoever
// waits; see events.h. A port is closed only after its events have left the table, so a post never
// reaches a port that took the number.
#include "events_windows.h"

#include <mutex>

#include "event_table.h"
#include "layout.h"

namespace pike {

namespace {

struct Entry : EventSlot {
  bool waits = false;  // the next post sends a packet to `target`
  EventMode mode = EventMode::kCoalescing;
  Posts posts;
  PostTarget target;
};

using Table = EventTable<Entry>;

}  // namespace

int open_event(EventMode mode, EventKey* key, Descriptor* fd) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  all.open(key).mode = mode;
  *fd = kNoDescriptor;
  return 0;
}

void close_event(EventKey key) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  if (all.find(key) != nullptr) all.close(key);
}

int post_event(EventKey key, uint32_t count) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  Entry* entry = all.find(key);
  if (entry == nullptr) return kClosed;
  if (!entry->posts.add(count)) return kAgain;
  if (!entry->waits) return 0;
  entry->waits = false;
  PostQueuedCompletionStatus(entry->target.port, 0, entry->target.key, nullptr);
  return 0;
}

uint64_t take_event(EventKey key, PostTarget target) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  Entry* entry = all.find(key);
  if (entry == nullptr) return 0;
  const uint64_t posts = entry->posts.take(entry->mode);
  entry->waits = posts == 0;
  entry->target = target;
  return posts;
}

bool has_event(EventKey key, PostTarget target) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  Entry* entry = all.find(key);
  if (entry == nullptr) return false;
  entry->waits = entry->posts.count == 0;
  entry->target = target;
  return entry->posts.count > 0;
}

}  // namespace pike
