// What a turn's small writes become on io_uring: one send each, all in one entry into the kernel,
// whose results are there when it returns. The bytes lie in the slab and are let go of before
// JavaScript goes on: a send that may not wait is over at once, with its result.
#include <errno.h>

#include "calls.h"
#include "uring.h"

namespace pike {

using namespace uring;

void Uring::send_gathered(Gathered* writes, size_t count) {
  if (!has(kDeferTaskrun) || count < kGatheredMin) return Epoll::send_gathered(writes, count);
  gathered_writes_ = writes;
  uint32_t queued = 0;
  for (; queued < count; queued++) {
    Gathered& write = writes[queued];
    const uint64_t user_data = (static_cast<uint64_t>(queued) << 32) | kGathered;
    Submission* send = ring_.submission(kOpSend, write.handle->fd, user_data);
    if (send == nullptr) break;
    send->address = reinterpret_cast<uint64_t>(write.bytes);
    send->length = write.size;
    send->op_flags = static_cast<uint32_t>(kSendFlags);
    write.sent = kUnsent;
  }
  enter(queued);
  drain();
  gathered_writes_ = nullptr;
  for (size_t i = 0; i < count; i++) {
    if (i >= queued || writes[i].sent == kUnsent) Epoll::send_gathered(&writes[i], 1);
  }
}

}  // namespace pike
