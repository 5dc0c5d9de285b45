// How a handle of the reactor ends: closed or given back, once nothing of it is left.
#include <cstring>
#include <utility>

#include "descriptors.h"
#include "reactor.h"

namespace pike {

int64_t Reactor::begin_close(Request& request, Handle& handle, Outcome* outcome) {
  if (handle.owes) pay(handle);
  // Whoever gets the descriptor must not write ahead of what was written.
  if (handle.owes && request.operation == kDetach) return -kAgain;
  handle.closing = true;
  end_all(handle.reads, -kClosed);
  end_all(handle.writes, -kClosed);
  end_all(handle.waits, -kClosed);
  if (withdraw(handle)) return core.park(request, handle, -1);
  if (!core.has_finished()) return let_go(request, outcome);
  core.finish(request, 0);
  return kPending;
}

// Whether nobody else can hold the descriptor's file open: not another process, nor a program that
// asked for its number, nor a thread of ours that closes it later.
static bool is_ours_alone(const Handle& handle) {
  return handle.socket && !handle.exposed && !handle.adopted && !handle.lingers && !handle.owes;
}

// Every completion of the handle is delivered, or on its way in this batch: the descriptor goes.
int64_t Reactor::let_go(Request& request, Outcome* outcome) {
  Handle& handle = *core.handles.at(request.slot);
  if (request.operation == kDetach) hand_over(request, handle, outcome);
  if (request.operation == kClose && closing_ends_watch() && is_ours_alone(handle)) {
    handle.armed = false;
  }
  release(handle);
  const int64_t result =
      request.operation == kDetach ? give_back(core, handle)
                                   : close_handle(core, handle, forgive(handle));
  core.handles.free(handle);
  core.count(kHandles, -1);
  retry_stalled();
  return result;
}

// What was received and not read goes along with the descriptor. More than a chunk waits for
// JavaScript to fetch it.
void Reactor::hand_over(const Request& request, Handle& handle, Outcome* outcome) {
  part(handle);
  std::vector<uint8_t> bytes = take_ahead(handle);
  outcome->extra = static_cast<double>(bytes.size());
  if (bytes.empty()) return;
  if (bytes.size() > kChunkBytesMax) core.unread[request.id] = std::move(bytes);
  else memcpy(core.shared.slab + outcome->offset, bytes.data(), bytes.size());
}

}  // namespace pike
