// Datagrams one by one from a socket that hands them over merged, because it was read in batches
// before: what one receive brought is held, and the datagrams behind the first wait for the next
// reads. Merging stays on: without it the kernel would not say where the merged ones end.
#include <errno.h>

#include <algorithm>
#include <cstring>

#include "datagrams.h"
#include "errors.h"
#include "reactor.h"

namespace pike {

int64_t Reactor::receive_merged(Request& request, Handle& handle, const Span& span, uint32_t offset,
                                Outcome* outcome) {
  if (!handle.left_over) {
    const int64_t held = hold_merged(handle);
    if (held != 0) return held;
  }
  Merged& merged = left_over_[handle.slot];
  const uint32_t length = merged.next_bytes();
  uint32_t copied = 0;
  for (int i = 0; i < span.count && copied < length; i++) {
    const size_t part = std::min<size_t>(span.vectors[i].iov_len, length - copied);
    memcpy(span.vectors[i].iov_base, merged.bytes.data() + merged.start + copied, part);
    copied += static_cast<uint32_t>(part);
  }
  merged.start += length;
  const bool last = merged.start >= merged.bytes.size();
  outcome->extra = copied < length || (last && merged.cut) ? 1 : 0;
  if (request.operation == kRecvFrom) write_address(merged.from, core.shared.slab + offset);
  core.count(kBytesRead, copied);
  handle.bytes_read += copied;
  if (last) forget_merged(handle);
  return copied;
}

// One receive into memory of our own. 0, or what an attempt answers otherwise.
int64_t Reactor::hold_merged(Handle& handle) {
  uint8_t bytes[kChunkBytesMax];
  Merged merged;
  iovec vector{bytes, sizeof bytes};
  Message message;
  message.vectors = &vector;
  message.count = 1;
  message.address = &merged.from;
  int behind = 0;
  int count = 0;
  do {
    called(handle);
    count = receive_messages(handle.fd, &message, 1, &behind);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return would_block(errno) ? blocked(handle, true) : -code_of(errno);
  merged.bytes.assign(bytes, bytes + message.bytes);
  merged.segment = message.segment;
  merged.cut = message.cut;
  left_over_[handle.slot] = std::move(merged);
  handle.left_over = true;
  return 0;
}

void Reactor::forget_merged(Handle& handle) {
  if (!handle.left_over) return;
  left_over_.erase(handle.slot);
  handle.left_over = false;
}

// A descriptor that is given away merges nothing any more. Nobody but us could tell the datagrams
// apart that were merged and not read, so they are lost.
void Reactor::part(Handle& handle) {
  forget_merged(handle);
  if (handle.merging != Merging::kOn) return;
  called(handle);
  end_merging(handle.fd);
}

}  // namespace pike
