// Events on Windows as the backend takes them: there is no descriptor, so a post sends a packet to
// the port of whoever waits. See events.h.
#pragma once
#include "events.h"

namespace pike {

// Where a packet goes: a completion port, and the key it carries.
struct PostTarget {
  HANDLE port = nullptr;
  uint64_t key = 0;
};

// The posts taken, by the event's mode; 0: there are none, and the next post sends a packet.
uint64_t take_event(EventKey key, PostTarget target);
// Whether there are any; if not, the next post sends a packet.
bool has_event(EventKey key, PostTarget target);

}  // namespace pike
