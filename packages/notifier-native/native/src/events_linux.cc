// Events on Linux: one eventfd(2) each; see events.h.
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "errors.h"
#include "event_table.h"
#include "layout.h"

namespace pike {

namespace {

struct Entry : EventSlot {
  int fd = -1;
};

using Table = EventTable<Entry>;  // its mutex is shared by those who post

}  // namespace

int open_event(EventMode mode, EventKey* key, Descriptor* fd) {
  const int flags =
      EFD_CLOEXEC | EFD_NONBLOCK | (mode == EventMode::kSemaphore ? EFD_SEMAPHORE : 0);
  *fd = eventfd(0, flags);
  if (*fd < 0) return code_of(errno);
  Table& all = Table::of_process();
  std::unique_lock<std::shared_mutex> lock(all.mutex);
  all.open(key).fd = *fd;
  return 0;
}

void close_event(EventKey key) {
  Table& all = Table::of_process();
  std::unique_lock<std::shared_mutex> lock(all.mutex);
  Entry* entry = all.find(key);
  if (entry == nullptr) return;
  // Closed under the lock: a post can never reach a descriptor that took the number.
  close(entry->fd);
  all.close(key);
}

int post_event(EventKey key, uint32_t count) {
  const uint64_t amount = count;
  Table& all = Table::of_process();
  std::shared_lock<std::shared_mutex> lock(all.mutex);
  const Entry* entry = all.find(key);
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
  return static_cast<int64_t>(std::min<uint64_t>(posts, kPostsTakenMax));
}

bool is_posted(EventKey, Descriptor fd) {
  pollfd watched{fd, POLLIN, 0};
  return poll(&watched, 1, 0) > 0;
}

}  // namespace pike
