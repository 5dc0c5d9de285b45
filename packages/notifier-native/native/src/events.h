// Events: posted to from any thread, taken by the notifier that opened them. A poster names an
// event by slot and generation (event_table.h), so a stale post is refused and touches nothing.
#pragma once
#include <cstdint>

#include "system.h"

namespace pike {

// How posts add up.
enum class EventMode : uint8_t { kCoalescing, kCounting, kSemaphore };

// Names an event for all threads.
struct EventKey {
  uint32_t slot = 0;
  uint32_t generation = 0;  // 0: none
};

// Opens an event; `fd` becomes readable when it is posted, or is kNoDescriptor where the backend
// hears of posts in another way. 0 or a Code.
int open_event(EventMode mode, EventKey* key, Descriptor* fd);
// Closes it: the descriptor is gone when this returns, and posts to it are refused.
void close_event(EventKey key);
// Posts from any thread. 0, kClosed, or kAgain when the count would pass 2^64 - 2.
int post_event(EventKey key, uint32_t count);
// Takes what was posted, for the one that opened it: a count, 0 when there is nothing, or a negated
// Code. `more`: something may be left.
int64_t take_event(EventKey key, EventMode mode, Descriptor fd, bool* more);
// Whether a take would find something.
bool is_posted(EventKey key, Descriptor fd);

}  // namespace pike
