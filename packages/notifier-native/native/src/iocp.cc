// Requests over completion ports: how they wait, are served and end; see iocp.h. The calls
// themselves are in iocp_streams.cc, iocp_datagrams.cc and iocp_connections.cc.
#include "iocp.h"

#include "operations.h"

namespace pike {

namespace {

// Turn again so often while a listener lacks descriptors.
constexpr uint64_t kStallRetryMs = 100;

}  // namespace

// --- Submitting
// -------------------------------------------------------------------------------------------

int64_t Iocp::submit(Request& request, Handle& handle, int timeout_ms, Outcome* outcome) {
  core.count(kOperations);
  handle.operations++;
  if (handle.closing) return -kClosed;
  if (!serves(handle, request.operation)) return -kUnsupported;
  if (request.size == kNone) return -kInvalid;
  if (request.operation == kClose || request.operation == kDetach) {
    outcome->offset = kSlabImmediate;
    return begin_close(request, handle, outcome);
  }
  if (request.operation == kWait && (request.flags & (kReadable | kWritable)) == 0) {
    return -kInvalid;  // it would never end
  }
  const bool behind = request.operation != kWait && Requests::queue_of(handle, request).count > 0;
  const bool early = reads(request) && request.operation != kWait && connecting(handle);
  if (behind || early || handle.stalled) return park(request, handle, timeout_ms);
  if (!spend(handle)) {
    make_ready(handle);
    return park(request, handle, timeout_ms);
  }
  outcome->offset = kSlabImmediate;
  const int64_t result = request.operation == kWait
                             ? attempt_wait(request, handle)
                             : attempt(request, handle, kSlabImmediate, outcome);
  if (result == kYield) make_ready(handle);
  else if (result != kPending) return result;
  const int64_t parked = park(request, handle, timeout_ms);
  if (parked != kPending) outcome->extra = static_cast<double>(request.transferred);
  return parked;
}

int64_t Iocp::submit_timer(Request& request, int timeout_ms) {
  core.count(kOperations);
  core.set_deadline(request, timeout_ms);
  if (timeout_ms >= 0) lower_deadline(core.timers.earliest());
  return kPending;
}

// One of the results that a handle may give in one turn; after those it has to wait for the next.
bool Iocp::spend(Handle& handle) {
  if (handle.turn != turn_) {
    handle.turn = turn_;
    handle.given = 0;
  }
  if (handle.given >= core.limits.immediate) return false;
  handle.given++;
  return true;
}

int64_t Iocp::park(Request& request, Handle& handle, int timeout_ms) {
  if (request.operation == kWrite && request.total == 0) {
    Span span;
    if (!buffers.span(request.id, 0, &span)) return -kBuffer;
    request.total = span.total;
  }
  const int64_t parked = core.park(request, handle, timeout_ms);
  if (parked != kPending) return parked;
  const bool addressed = request.operation == kConnect || request.operation == kSendTo ||
                         (request.flags & kAddressed) != 0;
  if (addressed) {
    SystemAddress address;
    if (read_address(core.shared.slab + kSlabAddressIn, &address)) addresses_[request.id] = address;
  }
  if (timeout_ms >= 0) lower_deadline(core.timers.earliest());
  return kPending;
}

// The address of a first try lies in the slab; a parked request has its own copy.
bool Iocp::address_of(const Request& request, SystemAddress* out) {
  if (request.stage != Stage::kParked) {
    return read_address(core.shared.slab + kSlabAddressIn, out);
  }
  const auto kept = addresses_.find(request.id);
  if (kept == addresses_.end()) return false;
  *out = kept->second;
  return true;
}

// --- Serving
// ----------------------------------------------------------------------------------------------

void Iocp::turn(int timeout_ms) {
  turn_++;
  core.begin_batch();
  const bool work = has_work();
  const auto closing = [this](Request& request, Outcome* outcome) {
    return let_go(request, outcome);
  };
  core.flush(closing);  // what ended between two turns comes before what they find
  serve_ready();
  wait(work ? 0 : wait_ms(timeout_ms));
  expire();
  core.flush(closing);
}

// The ready list goes before the kernel's news: a stream that is always full has no news to tell.
void Iocp::serve_ready() {
  serving_.swap(ready_);
  size_t next = 0;
  for (; next < serving_.size() && core.batch_has_room(); next++) {
    Handle* handle = core.handles.by_token(serving_[next]);
    if (handle == nullptr || !handle->ready) continue;
    handle->ready = false;
    serve(*handle);
  }
  // Those that the batch had no room for go ahead of those that had their turn.
  ready_.insert(ready_.begin(), serving_.begin() + static_cast<ptrdiff_t>(next), serving_.end());
  serving_.clear();
}

void Iocp::serve(Handle& handle) {
  if (handle.closing) return;
  if (handle.waits.count > 0) serve_waits(handle);
  serve_queue(handle, handle.writes);
  if (!connecting(handle)) serve_queue(handle, handle.reads);
}

void Iocp::serve_queue(Handle& handle, Queue& queue) {
  while (queue.head != kNone && !handle.stalled) {
    Request& request = core.requests.at(queue.head);
    if (!core.batch_has_room() || !spend(handle)) {
      make_ready(handle);
      return;
    }
    Outcome outcome;
    outcome.offset = core.slab_offset();
    const int64_t result = attempt(request, handle, outcome.offset, &outcome);
    if (result == kPending) return;
    if (result == kYield) {
      make_ready(handle);
      return;
    }
    outcome.result = result;
    core.take_slab(slab_used(request, result));
    if (result < 0) outcome.extra = static_cast<double>(request.transferred);
    addresses_.erase(request.id);
    core.emit(request, outcome);
    // The reads waited for a connection that does not come.
    if (request.operation == kConnect && result < 0) end_all(handle.reads, result);
  }
}

// Whether a connect is under way, or next.
bool Iocp::connecting(const Handle& handle) {
  const uint32_t head = handle.writes.head;
  return head != kNone && core.requests.at(head).operation == kConnect;
}

void Iocp::serve_waits(Handle& handle) {
  uint32_t id = handle.waits.head;
  while (id != kNone) {
    Request& request = core.requests.at(id);
    id = request.next;
    if (!core.batch_has_room()) {
      make_ready(handle);
      return;
    }
    Outcome outcome;
    outcome.result = attempt_wait(request, handle);
    if (outcome.result != kPending) core.emit(request, outcome);
  }
}

void Iocp::make_ready(Handle& handle) {
  if (handle.ready) return;
  handle.ready = true;
  ready_.push_back(handle.token());
}

// --- Time
// -------------------------------------------------------------------------------------------------

void Iocp::stall(Handle& handle) {
  if (!handle.stalled) {
    handle.stalled = true;
    stalled_.push_back(handle.token());
  }
  if (stall_retry_ms_ == 0) stall_retry_ms_ = now_ms() + kStallRetryMs;
  lower_deadline(stall_retry_ms_);
}

void Iocp::retry_stalled() {
  if (stalled_.empty()) return;
  stall_retry_ms_ = 0;
  for (const uint64_t token : stalled_) {
    Handle* handle = core.handles.by_token(token);
    if (handle == nullptr) continue;
    handle->stalled = false;
    make_ready(*handle);
  }
  stalled_.clear();
}

void Iocp::expire() {
  const uint64_t now = now_ms();
  if (stall_retry_ms_ != 0 && now >= stall_retry_ms_) retry_stalled();
  while (Request* request = core.timers.expired(now)) {
    give_up(*request, request->slot == kNone ? 0 : -kTimeout);
  }
  uint64_t next = stall_retry_ms_;
  if (!core.timers.empty() && (next == 0 || core.timers.earliest() < next)) {
    next = core.timers.earliest();
  }
  deadline_ms_ = next;
}

// --- Attempts
// ---------------------------------------------------------------------------------------------

int64_t Iocp::attempt(Request& request, Handle& handle, uint32_t offset, Outcome* outcome) {
  switch (request.operation) {
    case kRead:
      if (handle.kind == Kind::kDatagram) return attempt_receive(request, handle, offset, outcome);
      return attempt_read(request, handle, offset);
    case kWrite:
      return attempt_write(request, handle, outcome);
    case kRecvFrom:
      return attempt_receive(request, handle, offset, outcome);
    case kSendTo:
      return attempt_send_to(request, handle);
    case kAccept:
      return attempt_accept(handle, offset, outcome);
    case kAcceptMany:
      return attempt_accept_many(request, handle, offset);
    case kConnect:
      return attempt_connect(request, handle);
    case kReceiveMany:
      return attempt_receive_many(request, handle, outcome);
    case kSendMany:
      return attempt_send_many(request, handle, outcome);
    case kEvent:
      return attempt_event(handle);
    case kSignal:
      return attempt_signal(handle, offset);
    default:
      return -kUnsupported;
  }
}

}  // namespace pike
