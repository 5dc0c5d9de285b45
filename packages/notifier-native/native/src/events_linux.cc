// Events on Linux: one eventfd(2) each; see events.h.
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "errors.h"
#include "events.h"
#include "layout.h"

namespace pike {

namespace {

// Number.MAX_SAFE_INTEGER
constexpr uint64_t kSafeIntegerMax = (uint64_t{1} << 53) - 1;

struct Entry {
  uint32_t generation = 1;
  int fd = -1;
};

struct Table {
  std::shared_mutex mutex;  // shared by those who post
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
  return entry.fd >= 0 && entry.generation == key.generation ? &entry : nullptr;
}

}  // namespace

int open_event(EventMode mode, EventKey* key, Descriptor* fd) {
  const int flags =
      EFD_CLOEXEC | EFD_NONBLOCK | (mode == EventMode::kSemaphore ? EFD_SEMAPHORE : 0);
  *fd = eventfd(0, flags);
  if (*fd < 0) return code_of(errno);
  Table& all = table();
  std::unique_lock<std::shared_mutex> lock(all.mutex);
  if (all.free.empty()) {
    all.free.push_back(static_cast<uint32_t>(all.entries.size()));
    all.entries.emplace_back();
  }
  key->slot = all.free.back();
  all.free.pop_back();
  Entry& entry = all.entries[key->slot];
  entry.fd = *fd;
  key->generation = entry.generation;
  return 0;
}

void close_event(EventKey key) {
  Table& all = table();
  std::unique_lock<std::shared_mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry == nullptr) return;
  // Closed under the lock: a post can never reach a descriptor that took the number.
  close(entry->fd);
  entry->fd = -1;
  entry->generation = entry->generation == UINT32_MAX ? 1 : entry->generation + 1;
  all.free.push_back(key.slot);
}

int post_event(EventKey key, uint32_t count) {
  const uint64_t amount = count;
  Table& all = table();
  std::shared_lock<std::shared_mutex> lock(all.mutex);
  const Entry* entry = find(all, key);
  if (entry == nullptr) return kClosed;
  if (write(entry->fd, &amount, sizeof amount) == sizeof amount) return 0;
  return code_of(errno);
}

int64_t take_event(EventKey, EventMode mode, Descriptor fd, bool* more) {
  uint64_t posts = 0;
  *more = mode == EventMode::kSemaphore;
  if (read(fd, &posts, sizeof posts) != sizeof posts) {
    *more = false;
    return would_block(errno) || errno == EINTR ? 0 : -code_of(errno);
  }
  // Whoever has the descriptor may post more than a number in JavaScript holds.
  if (mode == EventMode::kCoalescing) return 1;
  return static_cast<int64_t>(std::min<uint64_t>(posts, kSafeIntegerMax));
}

bool is_posted(EventKey, Descriptor fd) {
  pollfd watched{fd, POLLIN, 0};
  return poll(&watched, 1, 0) > 0;
}

}  // namespace pike
