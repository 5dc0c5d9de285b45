// One try to receive many datagrams: system calls into memory of the notifier's own, which is lent
// to the program with what came.
#include <errno.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "datagrams.h"
#include "errors.h"
#include "loans.h"
#include "reactor.h"

namespace pike {

// So many bytes count as one more against what a handle may give in a turn.
constexpr uint64_t kBytesPerResult = 256 * 1024;
// Merged ones fill their slots of 64 KiB: more than these would be copied past the processor's
// cache.
constexpr int kMergedMax = 16;
// After so many bytes no other system call is made for the same batch.
constexpr uint64_t kBytesPerBatch = 512 * 1024;

int64_t Reactor::attempt_receive_many(Request& request, Handle& handle, Outcome* outcome) {
  if (handle.kind != Kind::kDatagram) return -code_of(EOPNOTSUPP);
  if (request.size == 0) return -kInvalid;
  if (handle.broken != 0) return -std::exchange(handle.broken, int16_t{0});
  LoanMemory memory;
  if (!buffers.spare(core.next_spare, &memory)) {
    core.count(kSparesWanted);
    return core.next_spare == 0 ? -ENOMEM : kYield;
  }
  merge(handle);
  Loan loan(memory);
  // What comes merged is as long as it likes.
  const uint32_t room = handle.merging == Merging::kOn ? kChunkBytesMax : request.size;
  const int laid = loan.lay_out(handle, room);
  const int slots = handle.merging == Merging::kOn ? std::min(laid, kMergedMax) : laid;
  if (handle.left_over) {
    outcome->extra = core.next_spare++;
    return lend_merged(handle, loan);
  }
  const int64_t count = fill(handle, loan, room, slots);
  if (count < 0) return count == kPending ? blocked(handle, true) : count;
  outcome->extra = core.next_spare++;
  return count;
}

// Receives into a loan's slots: how many messages, kPending or -code. One system call, or under a
// flood, where the last one gave all it could, several: a batch of more costs JavaScript less for
// each.
int64_t Reactor::fill(Handle& handle, Loan& loan, uint32_t room, int slots) {
  Message messages[kMessagesMax];
  iovec vectors[kMessagesMax];
  SystemAddress senders[kMessagesMax];
  uint64_t bytes = 0;
  int filled = 0;
  while (filled < slots && bytes < kBytesPerBatch) {
    const int asked = std::min(slots - filled, kMessagesMax);
    for (int i = 0; i < asked; i++) {
      vectors[i] = {loan.slot(filled + i), room};
      messages[i].vectors = &vectors[i];
      messages[i].count = 1;
      messages[i].address = &senders[i];
    }
    int behind = 0;
    called(handle);
    const int count = receive_messages(handle.fd, messages, asked, &behind);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      handle.flooded = false;
      if (filled == 0) return would_block(errno) ? kPending : -code_of(errno);
      if (would_block(errno)) blocked(handle, true);
      else handle.broken = static_cast<int16_t>(code_of(errno));
      break;
    }
    for (int i = 0; i < count; i++) {
      const Message& message = messages[i];
      loan.enter(filled + i, message.bytes,
                 message.segment < message.bytes ? message.segment : 0, message.cut);
      write_address(senders[i], loan.address(filled + i));
      bytes += message.bytes;
    }
    filled += count;
    if (behind != 0) handle.broken = static_cast<int16_t>(code_of(behind));
    const bool flooded = handle.flooded;
    handle.flooded = count == kMessagesMax;
    if (!flooded || count < asked || behind != 0) break;
  }
  core.count(kBytesRead, static_cast<double>(bytes));
  handle.bytes_read += bytes;
  handle.given += static_cast<uint32_t>(bytes / kBytesPerResult);
  return filled;
}

// What was held for reads one by one comes before anything else.
int64_t Reactor::lend_merged(Handle& handle, Loan& loan) {
  const Merged& merged = left_over_[handle.slot];
  const uint32_t bytes = static_cast<uint32_t>(merged.bytes.size() - merged.start);
  memcpy(loan.slot(0), merged.bytes.data() + merged.start, bytes);
  loan.enter(0, bytes, merged.segment < bytes ? merged.segment : 0, merged.cut);
  write_address(merged.from, loan.address(0));
  core.count(kBytesRead, bytes);
  handle.bytes_read += bytes;
  forget_merged(handle);
  return 1;
}

// Asks the system to merge datagrams, once.
void Reactor::merge(Handle& handle) {
  if (handle.merging != Merging::kUnknown) return;
  if (core.limits.offload) called(handle);
  const bool merges = core.limits.offload && start_merging(handle.fd);
  handle.merging = merges ? Merging::kOn : Merging::kNever;
}

}  // namespace pike
