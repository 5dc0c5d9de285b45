// How requests over completion ports are served and end: given up, or with their handle, which is
// closed or given back once the kernel holds nothing of it. See iocp.h.
#include <cstring>

#include "descriptors.h"
#include "iocp.h"
#include "sockets_windows.h"

namespace pike {

void Iocp::serve(Handle& handle) {
  if (handle.closing) return;
  if (handle.waits.count > 0) serve_waits(handle);
  serve_queue(handle, handle.writes);
  if (!connecting(handle)) serve_queue(handle, handle.reads);
}

// A piece on its way goes on, in memory of ours, as one does that the kernel has taken into its
// own: it has been moved, and keeps its place before the next writer's.
bool Iocp::in_kernel(Request& request, Handle& handle, int) {
  Channel& channel = channels_.of(handle);
  if (!request.begun || channel.sending == kNone) return false;
  Flight& flight = flights_.at(channel.sending);
  flight.request = kNone;
  if (request.operation == kWrite) request.transferred += flight.size;
  if (request.operation == kSendMany) request.transferred++;
  if (flight.kind == FlightKind::kConnect) CancelIoEx(system_handle(handle), &flight.overlapped);
  return false;
}

int64_t Iocp::begin_close(Request& request, Handle& handle, Outcome* outcome) {
  Channel& channel = channels_.of(handle);
  if (request.operation == kDetach && handle.armed && !can_dissociate()) return -kUnsupported;
  handle.closing = true;
  end_all(handle.reads, -kClosed);
  end_all(handle.waits, -kClosed);
  // The one whose piece is aloft ends when that has landed: only then is known how far it came.
  uint32_t next = handle.writes.head;
  while (next != kNone) {
    Request& writer = core.requests.at(next);
    next = writer.next;
    if (writer.begun && channel.sending != kNone) continue;
    forget_address(writer);
    core.finish(writer, -kClosed);
  }
  if (channel.aloft > 0) {
    cancel_flights(handle);
    channel.ending = request.id;
    return core.park(request, handle, -1);
  }
  if (!core.has_finished()) return let_go(request, outcome);
  core.finish(request, 0);
  return kPending;
}

// Every completion of the handle is delivered, or on its way in this batch, and the kernel has let
// go of all memory: the descriptor goes.
int64_t Iocp::let_go(Request& request, Outcome* outcome) {
  Handle& handle = *core.handles.at(request.slot);
  Channel& channel = channels_.of(handle);
  outcome->extra = 0;
  if (request.operation == kDetach && channel.has_bytes()) {
    const Ahead& ahead = *channel.ahead;
    const uint32_t size = ahead.to - ahead.from;
    memcpy(core.shared.slab + outcome->offset, ahead.room->bytes + ahead.from, size);
    outcome->extra = size;
  }
  drop_ahead(channel);
  int64_t result = 0;
  if (request.operation == kDetach) {
    if (handle.armed) dissociate(handle);
    result = give_back(core, handle);
  } else {
    result = close_handle(core, handle);
  }
  handle.armed = false;
  core.handles.free(handle);
  core.count(kHandles, -1);
  retry_stalled();
  return result;
}

}  // namespace pike
