// Small writes that were answered before they were sent. While a batch is delivered, JavaScript
// posts them in shared memory; they are sent in one go when the delivery is over, so that a turn's
// sends follow each other. What the system does not take then is owed: it goes out ahead of
// anything else on that handle; a detach is refused until then, and a close closes after it.
#pragma once
#include <cstdint>
#include <string>

#include "handles.h"

namespace pike {

// What a handle writes in a turn. The bytes lie in the slab until the call that sends them has
// returned.
struct Gathered {
  Handle* handle;
  const uint8_t* bytes;
  uint32_t size;
  int64_t sent;  // the count, or a negated errno
};

// What a handle owes. At most what it wrote in one turn: its gate stays shut meanwhile.
struct Owed {
  std::string bytes;
  bool shut = false;         // shut down for writing afterwards
};

}  // namespace pike
