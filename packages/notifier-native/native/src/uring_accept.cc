// What io_uring accepts for listeners: each accept in the kernel takes one connection and its
// address, as many as are asked for, and after a burst some ahead of who asks.
//
// Not by multishot: one of those takes the whole backlog in one go (200 of 200 were seen), and so
// can't keep the bound of what runs ahead; and it brings no addresses, so that each connection
// would cost a call for its own.
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "uring.h"

namespace pike {

using namespace uring;

// As many accepts are in the kernel as connections are waited for, or as came at once lately; never
// more than the bound, with those that nobody has taken.
void Uring::ask(Handle& handle) {
  std::unique_ptr<Door>& door = doors_[handle.slot];
  if (door == nullptr) door = std::make_unique<Door>();
  uint32_t wanted = door->window;
  for (uint32_t id = handle.reads.head; id != kNone && wanted < kAheadMax;) {
    const Request& request = core.requests.at(id);
    wanted = std::max(wanted, request.operation == kAcceptMany ? request.size : 1);
    id = request.next;
  }
  wanted = std::max(wanted, std::min(handle.reads.count, kAheadMax));
  wanted = std::min(wanted, kAheadMax);
  for (uint32_t number = 0; number < kAheadMax; number++) {
    if (door->asked + door->arrived.size() >= wanted) return;
    Door::Ask& ask = door->asks[number];
    if (ask.asked) continue;
    const uint32_t work = kAccepting | number << kWorkBits;
    Submission& submission = submit_work(kOpAccept, handle, work);
    ask.asked = true;
    ask.from.length = sizeof ask.from.storage;
    submission.address = reinterpret_cast<uint64_t>(&ask.from.storage);
    submission.offset = reinterpret_cast<uint64_t>(&ask.from.length);
    submission.op_flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    door->asked++;
  }
}

void Uring::accepted(Handle& handle, uint32_t number, int result) {
  Door& door = *doors_[handle.slot];
  Door::Ask& ask = door.asks[number];
  ask.asked = false;
  door.asked--;
  if (handle.closing || result == -ECANCELED) {
    if (result >= 0) close(result);
    return;
  }
  if (result >= 0) {
    door.arrived.push_back({result, ask.from});
    // All were wanted at once: the next burst finds more of them.
    if (door.asked == 0) door.window = std::min(door.window * 2, kAheadMax);
  } else {
    door.error = -result;
  }
  handle.may_read = true;
  make_ready(handle);
}

int Uring::take_connection(Handle& handle, SystemAddress* from) {
  if (!asks(handle)) return Epoll::take_connection(handle, from);
  const auto found = doors_.find(handle.slot);
  Door* door = found == doors_.end() ? nullptr : found->second.get();
  if (door != nullptr && !door->arrived.empty()) {
    const Door::Arrived first = door->arrived.front();
    door->arrived.pop_front();
    *from = first.from;
    return first.fd;
  }
  if (door != nullptr && door->error != 0) {
    errno = door->error;
    door->error = 0;
    return -1;
  }
  ask(handle);
  errno = EAGAIN;
  return -1;
}

void Uring::stop_asking(Handle& handle) {
  const auto found = doors_.find(handle.slot);
  if (found == doors_.end()) return;
  for (uint32_t number = 0; number < kAheadMax; number++) {
    if (found->second->asks[number].asked) {
      cancel_work(handle, kAccepting | number << kWorkBits);
    }
  }
}

// Connections that nobody took are closed with their listener.
void Uring::close_door(Handle& handle) {
  const auto found = doors_.find(handle.slot);
  if (found == doors_.end()) return;
  for (const Door::Arrived& arrived : found->second->arrived) close(arrived.fd);
  doors_.erase(found);
}

}  // namespace pike
