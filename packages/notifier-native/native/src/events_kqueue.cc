// Events where there is no eventfd(2): the posts are counted in the table itself, and the first of
// them triggers EVFILT_USER on the kqueue of whoever waits. See kqueue(2).
#include "events_kqueue.h"

#include <errno.h>
#include <sys/types.h>
// After it, as the manual page has it.
#include <sys/event.h>
#include <sys/time.h>

#include <mutex>

#include "errors.h"
#include "event_table.h"
#include "layout.h"

namespace pike {

namespace {

struct Entry : EventSlot {
  Descriptor kqueue = kNoDescriptor;  // where it is watched
  uint64_t token = 0;                 // and under which user data
  Posts posts;
};

using Table = EventTable<Entry>;

}  // namespace

int open_event(EventMode, EventKey* key, Descriptor* fd) {
  *fd = kNoDescriptor;
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  all.open(key);
  return 0;
}

void close_event(EventKey key) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  if (all.find(key) != nullptr) all.close(key);
}

// Triggered under the lock: the kqueue cannot be closed, and its number be another's, meanwhile.
int post_event(EventKey key, uint32_t count) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  Entry* entry = all.find(key);
  if (entry == nullptr) return kClosed;
  // Whoever was told of posts and has not taken them will find these too.
  const bool first = entry->posts.count == 0;
  if (!entry->posts.add(count)) return kAgain;
  if (!first || entry->kqueue == kNoDescriptor) return 0;
  const int error = trigger(entry->kqueue, identity_of(key), entry->token);
  if (error == 0) return 0;
  entry->posts.count = 0;
  return code_of(error);
}

int64_t take_event(EventKey key, EventMode mode, Descriptor, bool* more) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  Entry* entry = all.find(key);
  *more = false;
  if (entry == nullptr) return 0;
  const uint64_t taken = entry->posts.take(mode);
  *more = entry->posts.count > 0;
  return static_cast<int64_t>(taken);
}

bool is_posted(EventKey key, Descriptor) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  const Entry* entry = all.find(key);
  return entry != nullptr && entry->posts.count > 0;
}

void watch_event(EventKey key, Descriptor kqueue, uint64_t token) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  Entry* entry = all.find(key);
  if (entry == nullptr) return;
  entry->kqueue = kqueue;
  entry->token = token;
  if (entry->posts.count > 0) trigger(kqueue, identity_of(key), token);
}

void unwatch_event(EventKey key) {
  Table& all = Table::of_process();
  std::lock_guard<std::shared_mutex> lock(all.mutex);
  Entry* entry = all.find(key);
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
