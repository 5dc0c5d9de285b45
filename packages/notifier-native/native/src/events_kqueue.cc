// Events where there is no eventfd(2): the posts are counted in the table itself, and the first of
// them triggers EVFILT_USER on the kqueue of whoever waits. See kqueue(2).
#include "events_kqueue.h"

#include <errno.h>
#include <sys/types.h>
// After it, as the manual page has it.
#include <sys/event.h>
#include <sys/time.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "errors.h"
#include "layout.h"

namespace pike {

namespace {

// Number.MAX_SAFE_INTEGER
constexpr uint64_t kSafeIntegerMax = (uint64_t{1} << 53) - 1;
constexpr uint64_t kCountMax = UINT64_MAX - 1;

struct Entry {
  uint32_t generation = 1;
  bool open = false;
  Descriptor kqueue = kNoDescriptor;  // where it is watched
  uint64_t token = 0;                 // and under which user data
  uint64_t posts = 0;
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

}  // namespace

int open_event(EventMode, EventKey* key, Descriptor* fd) {
  *fd = kNoDescriptor;
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (all.free.empty()) {
    all.free.push_back(static_cast<uint32_t>(all.entries.size()));
    all.entries.emplace_back();
  }
  key->slot = all.free.back();
  all.free.pop_back();
  Entry& entry = all.entries[key->slot];
  entry.open = true;
  entry.posts = 0;
  key->generation = entry.generation;
  return 0;
}

void close_event(EventKey key) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry == nullptr) return;
  entry->open = false;
  entry->kqueue = kNoDescriptor;
  entry->generation = entry->generation == UINT32_MAX ? 1 : entry->generation + 1;
  all.free.push_back(key.slot);
}

// Triggered under the lock: the kqueue cannot be closed, and its number be another's, meanwhile.
int post_event(EventKey key, uint32_t count) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry == nullptr) return kClosed;
  if (kCountMax - entry->posts < count) return kAgain;
  // Whoever was told of posts and has not taken them will find these too.
  const bool first = entry->posts == 0;
  entry->posts += count;
  if (!first || entry->kqueue == kNoDescriptor) return 0;
  const int error = trigger(entry->kqueue, identity_of(key), entry->token);
  if (error == 0) return 0;
  entry->posts = 0;
  return code_of(error);
}

int64_t take_event(EventKey key, EventMode mode, Descriptor, bool* more) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  *more = false;
  if (entry == nullptr || entry->posts == 0) return 0;
  uint64_t taken = entry->posts;
  if (mode == EventMode::kSemaphore) taken = 1;
  if (mode == EventMode::kCounting) taken = std::min(taken, kSafeIntegerMax);
  entry->posts -= taken;
  *more = entry->posts > 0;
  return mode == EventMode::kCoalescing ? 1 : static_cast<int64_t>(taken);
}

bool is_posted(EventKey key, Descriptor) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  const Entry* entry = find(all, key);
  return entry != nullptr && entry->posts > 0;
}

void watch_event(EventKey key, Descriptor kqueue, uint64_t token) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry == nullptr) return;
  entry->kqueue = kqueue;
  entry->token = token;
  if (entry->posts > 0) trigger(kqueue, identity_of(key), token);
}

void unwatch_event(EventKey key) {
  Table& all = table();
  std::lock_guard<std::mutex> lock(all.mutex);
  Entry* entry = find(all, key);
  if (entry != nullptr) entry->kqueue = kNoDescriptor;
}

int trigger(Descriptor kqueue, uint64_t identity, uint64_t token) {
  struct kevent change;
  EV_SET(&change, static_cast<uintptr_t>(identity), EVFILT_USER, 0, NOTE_TRIGGER, 0,
         reinterpret_cast<void*>(token));
  while (kevent(kqueue, &change, 1, nullptr, 0, nullptr) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace pike
