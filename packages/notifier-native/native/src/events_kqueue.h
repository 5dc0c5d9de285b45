// Events over EVFILT_USER: what the kqueue backend does for one beside the table of events.
#pragma once
#include "events.h"

namespace pike {

// An event's identity on every kqueue: no other event has it, not even a later one in its slot.
constexpr uint64_t identity_of(EventKey key) {
  return static_cast<uint64_t>(key.generation) << 32 | key.slot;
}

// Posts trigger the event on this kqueue from now on: one if there are any already. `token` is what
// it was added with.
void watch_event(EventKey key, Descriptor kqueue, uint64_t token);
// And no more; when this returns, no thread is about to.
void unwatch_event(EventKey key);

// Triggers an event of EVFILT_USER. `token` has to be the one that it was added with: whatever a
// change carries is what the kernel gives back from then on. From any thread. 0 or an errno.
int trigger(Descriptor kqueue, uint64_t identity, uint64_t token);

}  // namespace pike
