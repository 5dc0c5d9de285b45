// What io_uring sends for streams.
//
// Gathered: the small writes of a turn, answered already, all by one entry into the kernel, which
// does not wait with them: when it returns they have gone out, or it says that there is no room.
// In blocks: writes of some size are copied to native memory, wait for the turn's entry, and
// complete when the kernel has taken them. Lent: writes from memory that the kernel may read for as
// long as it likes, because nothing can take it away (`allocate`); they complete when it has let
// go. What is larger than a block, or comes when there is none, goes straight out by calls.
//
// A handle has one of these in the kernel at a time, so writes keep their order.
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>

#include "calls.h"
#include "errors.h"
#include "uring.h"

namespace pike {

using namespace uring;

// --- Gathered

// Each is over at once, as it may not wait, and so as many completions are there when the kernel
// returns.
void Uring::send_gathered(Gathered* writes, size_t count) {
  if (!has(kRingSend) || !has(kDeferTaskrun) || count < kGatheredMin) {
    return Epoll::send_gathered(writes, count);
  }
  gathered_writes_ = writes;
  uint32_t queued = 0;
  for (; queued < count; queued++) {
    Gathered& write = writes[queued];
    const uint64_t user_data = (static_cast<uint64_t>(queued) << 32) | kGathered;
    if (!ring_.has_room()) enter();
    if (!ring_.has_room()) break;
    Submission& send = ring_.submission(kOpSend, write.handle->fd, user_data);
    send.address = reinterpret_cast<uint64_t>(write.bytes);
    send.length = write.size;
    send.op_flags = static_cast<uint32_t>(kSendFlags);
    write.sent = kUnsent;
  }
  enter(queued);
  // The bytes are JavaScript's: nothing may be left that points to them.
  ring_.take_back(kGathered);
  drain();
  while (ring_.overflowed()) {  // there was no place for all completions
    enter();
    drain();
  }
  gathered_writes_ = nullptr;
  for (size_t i = 0; i < count; i++) {
    if (i >= queued || writes[i].sent == kUnsent) Epoll::send_gathered(&writes[i], 1);
  }
}

// --- In blocks

int64_t Uring::attempt_write(Request& request, Handle& handle, Outcome* outcome) {
  if (request.begun) return kPending;
  const bool lends = (request.flags & kZeroCopy) != 0 && has(kSendZeroCopy);
  if (!streams(handle) || !handle.connected || handle.unsaid != 0 ||
      (!lends && !has(kSendCopied))) {
    return Epoll::attempt_write(request, handle, outcome);
  }
  const int64_t result = lends ? lend(request, handle) : begin_block(request, handle);
  return result != kNotMine ? result : Epoll::attempt_write(request, handle, outcome);
}

int64_t Uring::begin_block(Request& request, Handle& handle) {
  if (request.transferred > 0) return kNotMine;  // begun by calls
  Inlet& found = inlet(handle);
  found.block = blocks_.take(handle.token());
  if (found.block == kNoBlock) return kNotMine;
  const int64_t code = add_to_block(request, found);
  if (code != 0) {
    blocks_.give_back(found.block);
    found.block = kNoBlock;
    return code;
  }
  for (uint32_t id = request.next; id != kNone;) {
    Request& next = core.requests.at(id);
    if (next.operation != kWrite || add_to_block(next, found) != 0) break;
    id = next.next;
  }
  unsent_.push_back(found.block);
  return kPending;
}

// Copies a write to its handle's block, while it is not under way: 0, a negated Code, or kNotMine
// when it does not fit.
int64_t Uring::add_to_block(Request& request, Inlet& inlet) {
  Block& block = blocks_.at(inlet.block);
  Span span;
  if (!buffers.span(request.id, 0, &span)) return -kBuffer;
  if (request.total != 0 && span.total < request.total) return -kBuffer;
  if (span.total == 0 || span.total > kBlockBytes - block.filled) return kNotMine;
  if ((request.flags & kZeroCopy) != 0 || span.bytes < span.total) return kNotMine;
  for (int i = 0; i < span.count; i++) {
    memcpy(blocks_.bytes(inlet.block) + block.filled, span.vectors[i].iov_base,
           span.vectors[i].iov_len);
    block.filled += static_cast<uint32_t>(span.vectors[i].iov_len);
  }
  request.total = span.total;
  request.begun = true;
  return 0;
}

// A write that is parked behind others.
int Uring::expect_write(Request& request, Handle& handle) {
  Inlet& found = inlet(handle);
  if (request.begun || found.lent) return 0;
  if (found.block == kNoBlock) return handle.armed ? 0 : arm(handle);
  // Directly behind those in the block, if the queue has a place for it.
  const bool follows =
      core.requests.last(handle.writes).begun && handle.writes.count < core.limits.queue;
  if (follows && !blocks_.at(found.block).flying) add_to_block(request, found);
  return 0;
}

void Uring::submit_blocks() {
  while (!unsent_.empty()) {
    const uint16_t id = unsent_.back();
    unsent_.pop_back();
    Handle* handle = core.handles.by_token(blocks_.at(id).token);
    if (handle != nullptr && inlet(*handle).block == id) submit_block(*handle);
  }
}

void Uring::submit_block(Handle& handle) {
  const uint16_t id = inlet(handle).block;
  Block& block = blocks_.at(id);
  if (block.flying) return;
  Submission& submission = submit_work(kOpSend, handle, kSending);
  submission.address = reinterpret_cast<uint64_t>(blocks_.bytes(id) + block.sent);
  submission.length = block.filled - block.sent;
  submission.op_flags = MSG_NOSIGNAL;
  block.flying = true;
}

void Uring::sent(Handle& handle, int result) {
  Inlet& found = inlet(handle);
  Block& block = blocks_.at(found.block);
  block.flying = false;
  if (result > 0) {
    core.count(kBytesWritten, result);
    handle.bytes_written += static_cast<uint64_t>(result);
    share_out(handle, block, static_cast<uint32_t>(result));
  } else if (result < 0 && result != -ECANCELED && result != -EAGAIN && result != -EINTR) {
    Request& first = core.requests.at(handle.writes.head);
    block.sent += static_cast<uint32_t>(first.total - first.transferred);
    core.finish(first, failed(handle, -result));
  }
  strip(handle, found);
  if (found.block != kNoBlock) submit_block(handle);
  else go_on(handle);
}

// Nothing of it is on its way: the next writer has its turn, or may post.
void Uring::go_on(Handle& handle) {
  if (handle.writes.count > 0) make_ready(handle);
  else show_gate(handle);
}

// So many bytes of the block went out: each write has its part of them, the first ones first.
void Uring::share_out(Handle& handle, Block& block, uint32_t count) {
  block.sent += count;
  while (count > 0) {
    Request& first = core.requests.at(handle.writes.head);
    const uint64_t rest = first.total - first.transferred;
    const uint32_t part = static_cast<uint32_t>(std::min<uint64_t>(rest, count));
    first.transferred += part;
    count -= part;
    if (part < rest && (first.flags & kAll) != 0) return;
    // One that does not ask for all is done with a part, and its rest is not sent.
    block.sent += static_cast<uint32_t>(rest - part);
    core.finish(first, static_cast<int64_t>(first.transferred));
  }
}

// Takes out of the block what was asked to end: the rest of it is not sent. An empty block goes.
void Uring::strip(Handle& handle, Inlet& inlet) {
  Block& block = blocks_.at(inlet.block);
  uint8_t* const bytes = blocks_.bytes(inlet.block);
  uint32_t from = block.sent;
  uint32_t to = block.sent;
  for (uint32_t id = handle.writes.head; id != kNone && from < block.filled;) {
    Request& request = core.requests.at(id);
    if (!request.begun) break;
    id = request.next;
    const uint32_t rest = static_cast<uint32_t>(request.total - request.transferred);
    if (request.size != 0) {
      core.finish(request, -static_cast<int64_t>(request.size));
    } else {
      if (to < from) memmove(bytes + to, bytes + from, rest);
      to += rest;
    }
    from += rest;
  }
  block.filled = to;
  if (block.sent < block.filled) return;
  blocks_.give_back(inlet.block);
  inlet.block = kNoBlock;
}

// --- Lent

int64_t Uring::lend(Request& request, Handle& handle) {
  Span span;
  if (!buffers.span(request.id, request.transferred, &span)) return -kBuffer;
  if (request.total == 0) request.total = request.transferred + span.total;
  if (request.transferred + span.total < request.total) return -kBuffer;
  if (span.count != 1 || span.total == 0) return kNotMine;
  Submission& submission = submit_work(kOpSendZc, handle, kLending);
  submission.address = reinterpret_cast<uint64_t>(span.vectors[0].iov_base);
  submission.length = static_cast<uint32_t>(std::min<uint64_t>(span.total, kLentBytesMax));
  submission.op_flags = MSG_NOSIGNAL;
  request.begun = true;
  inlet(handle).lent = true;
  return kPending;
}

// Not this kind of socket (Unix), or not so much: pages lent count against RLIMIT_MEMLOCK.
static bool cannot_lend(int result) {
  return result == -EOPNOTSUPP || result == -ENOMEM || result == -ENOBUFS;
}

// First the result, then, where there was one, word that the kernel has let go of the memory.
void Uring::lent(Handle& handle, const Completion& completion) {
  Inlet& found = inlet(handle);
  if (!found.lent) return;  // it was closed meanwhile
  Request& request = core.requests.at(handle.writes.head);
  if ((completion.flags & kNotification) == 0) {
    const int result = completion.result;
    if (result > 0) {
      core.count(kBytesWritten, result);
      handle.bytes_written += static_cast<uint64_t>(result);
      request.transferred += static_cast<uint64_t>(result);
    } else if (cannot_lend(result)) {
      request.flags &= static_cast<uint8_t>(~kZeroCopy);  // it goes on by calls
    } else if (result < 0 && result != -EAGAIN && result != -EINTR && request.size == 0) {
      request.size =
          static_cast<uint32_t>(result == -ECANCELED ? kCancelled : -failed(handle, -result));
    }
  }
  found.handed = true;
  if ((completion.flags & kMore) == 0 || handle.closing) let_go_of(handle, found, request);
}

// The kernel has let go of a write's memory; or its handle closes, and is not to wait for a peer
// that takes nothing: the pages stay while the kernel needs them, whatever becomes of the memory.
void Uring::let_go_of(Handle& handle, Inlet& inlet, Request& request) {
  inlet.lent = inlet.handed = false;
  const bool done = request.transferred >= request.total ||
                    (request.transferred > 0 && (request.flags & kAll) == 0);
  if (done) core.finish(request, static_cast<int64_t>(request.transferred));
  else if (request.size != 0) core.finish(request, -static_cast<int64_t>(request.size));
  else request.begun = false;  // the rest
  go_on(handle);
}

// --- Ending

bool Uring::in_kernel(Request& request, Handle& handle, int code) {
  if (request.operation != kWrite || !request.begun) return false;
  Inlet& found = inlet(handle);
  if (request.size == 0) request.size = static_cast<uint32_t>(code);
  if (found.lent) {
    if (!found.handed) cancel_work(handle, kLending);
    else if (handle.closing) let_go_of(handle, found, request);
    return true;
  }
  if (blocks_.at(found.block).flying) {
    cancel_work(handle, kSending);
    return true;
  }
  // Written before a close, it has its try.
  if (code == kClosed) return true;
  strip(handle, found);
  if (found.block == kNoBlock) go_on(handle);
  return true;
}

void Uring::stop_sending(Handle& handle) {
  Inlet& found = inlet(handle);
  if (found.block == kNoBlock) return;
  submit_block(handle);
  cancel_work(handle, kSending);
}

// What was written before goes out before: by a call, where the kernel has not got it yet.
int Uring::shutdown(Handle& handle, int how) {
  const Inlet& found = inlet(handle);
  if (how != SHUT_RD && (found.lent || found.block != kNoBlock)) {
    const Block* block = found.lent ? nullptr : &blocks_.at(found.block);
    if (block == nullptr || block->flying) {
      if (ring_.has_submissions()) enter();
    } else {
      const uint8_t* bytes = blocks_.bytes(found.block) + block->sent;
      called(handle);
      const ssize_t count = send_call(handle.fd, bytes, block->filled - block->sent);
      sent(handle, static_cast<int>(count < 0 ? -errno : count));
    }
  }
  return Epoll::shutdown(handle, how);
}

}  // namespace pike
