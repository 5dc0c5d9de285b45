// How requests are started, wait, are tried in turns and end; see scheduler.h.
#include "scheduler.h"

#include <cstddef>
#include <cstring>

#include "operations.h"

namespace pike {

namespace {

// Whether a queue waits for something that no event tells: descriptors, a backlog, buffer space.
// What is received goes on meanwhile, except by a listener.
bool is_stalled(const Handle& handle, const Queue& queue) {
  return handle.stalled && (&queue == &handle.writes || handle.kind == Kind::kListener);
}

}  // namespace

// --- Submitting
// -------------------------------------------------------------------------------------------

int64_t Scheduler::submit(Request& request, Handle& handle, int timeout_ms, Outcome* outcome) {
  core.count(kOperations);
  handle.operations++;
  if (handle.closing) return -kClosed;
  if (!serves(handle, request.operation)) return -kUnsupported;
  if (request.size == kNone) return -kInvalid;
  if (request.operation == kClose || request.operation == kDetach) {
    outcome->offset = kSlabImmediate;
    return begin_close(request, handle, outcome);
  }
  if (request.operation == kWait) {
    if ((request.flags & (kReadable | kWritable)) == 0) return -kInvalid;  // it would never end
  } else {
    const Queue& queue = Requests::queue_of(handle, request);
    if (queue.count > 0 || is_stalled(handle, queue) || !worth_a_try(request, handle)) {
      return park(request, handle, timeout_ms);
    }
  }
  if (!spend(handle)) {
    make_ready(handle);
    return park(request, handle, timeout_ms);
  }
  outcome->offset = kSlabImmediate;
  const int64_t result = attempt(request, handle, kSlabImmediate, outcome);
  if (result == kYield) make_ready(handle);
  else if (result != kPending) return result;
  const int64_t parked = park(request, handle, timeout_ms);
  if (parked != kPending) outcome->extra = static_cast<double>(request.transferred);
  return parked;
}

int64_t Scheduler::submit_timer(Request& request, int timeout_ms) {
  core.count(kOperations);
  core.set_deadline(request, timeout_ms);
  if (timeout_ms >= 0) lower_deadline(core.timers.earliest());
  return kPending;
}

// One of the results that a handle may give in one turn; after those it has to wait for the next.
bool Scheduler::spend(Handle& handle) {
  if (handle.turn != turn_) {
    handle.turn = turn_;
    handle.given = 0;
  }
  if (handle.given >= core.limits.immediate) return false;
  handle.given++;
  return true;
}

int64_t Scheduler::park(Request& request, Handle& handle, int timeout_ms) {
  if (const int code = about_to_wait(request, handle); code != 0) return -code;
  if (request.operation == kWrite && request.total == 0) {
    Span span;
    if (!buffers.span(request.id, 0, &span)) return -kBuffer;
    request.total = span.total;
  }
  if ((request.operation == kConnect && !request.begun) || request.operation == kSendTo ||
      (request.flags & kAddressed) != 0) {
    if (const int unread = keep_address(request); unread != 0) return -unread;
  }
  const int64_t parked = core.park(request, handle, timeout_ms);
  if (parked != kPending) {
    forget_address(request);
    return parked;
  }
  if (timeout_ms >= 0) lower_deadline(core.timers.earliest());
  return kPending;
}

int Scheduler::keep_address(Request& request) {
  SystemAddress address;
  const uint8_t* wire = core.shared.slab + kSlabAddressIn;
  if (!read_address(wire, &address)) return address_refusal(wire);
  addresses_[request.id] = address;
  return 0;
}

int Scheduler::address_of(const Request& request, SystemAddress* out) {
  if (request.stage != Stage::kParked) {
    const uint8_t* wire = core.shared.slab + kSlabAddressIn;
    return read_address(wire, out) ? 0 : address_refusal(wire);
  }
  const auto kept = addresses_.find(request.id);
  if (kept == addresses_.end()) return kInvalid;
  *out = kept->second;
  return 0;
}

// --- Serving
// ----------------------------------------------------------------------------------------------

void Scheduler::turn(int timeout_ms) {
  turn_++;
  core.begin_batch();
  const bool work = has_work();
  const auto closing = [this](Request& request, Outcome* outcome) {
    return let_go(request, outcome);
  };
  core.flush(closing);  // what ended between two turns comes before what they find
  serve_ready();
  if (timeout_ms == kNoWait) collect();
  else wait(work ? 0 : timeout_ms);
  expire();
  core.flush(closing);
}

// The ready list goes before the kernel's news: a stream that is always full has no news to tell.
void Scheduler::serve_ready() {
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

void Scheduler::serve_queue(Handle& handle, Queue& queue) {
  while (queue.head != kNone && !is_stalled(handle, queue)) {
    Request& request = core.requests.at(queue.head);
    if (!may_try(request, handle)) return;
    if (!core.batch_has_room() || !spend(handle)) {
      make_ready(handle);
      return;
    }
    Outcome outcome;
    outcome.offset = core.slab_offset();
    int64_t result = attempt(request, handle, outcome.offset, &outcome);
    if (result == kPending) {
      const int code = is_stalled(handle, queue) ? 0 : goes_on_waiting(request, handle);
      if (code == 0) return;
      result = -code;
    }
    if (result == kYield) {
      make_ready(handle);
      return;
    }
    outcome.result = result;
    core.take_slab(slab_used(request, result));
    if (result < 0) outcome.extra = static_cast<double>(request.transferred);
    forget_address(request);
    core.emit(request, outcome);
    // The reads waited for a connection that does not come: the system would call that the end of
    // the stream.
    if (request.operation != kConnect) continue;
    if (result < 0) end_all(handle.reads, result);
    else if (handle.reads.count > 0) about_to_wait(core.requests.at(handle.reads.head), handle);
  }
}

bool Scheduler::connecting(const Handle& handle) {
  const uint32_t head = handle.writes.head;
  return head != kNone && core.requests.at(head).operation == kConnect;
}

void Scheduler::serve_waits(Handle& handle) {
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

void Scheduler::make_ready(Handle& handle) {
  if (handle.ready) return;
  handle.ready = true;
  ready_.push_back(handle.token());
}

// --- Ending
// ----------------------------------------------------------------------------------------------

void Scheduler::cancel(Request& request, int code) {
  if (request.stage != Stage::kParked) return;
  if (request.operation == kClose || request.operation == kDetach) return;  // nothing ends it
  give_up(request, code);
}

void Scheduler::give_up(Request& request, int code) {
  if (request.slot == kNone) {
    core.timers.remove(request);
    core.finish(request, -code);
    return;
  }
  Handle& handle = *core.handles.at(request.slot);
  if (in_kernel(request, handle, code)) return;
  forget_address(request);
  core.finish(request, -code);
  if (may_serve(handle)) make_ready(handle);  // the next in the queue
}

void Scheduler::end_all(Queue& queue, int64_t result) {
  for (uint32_t id = queue.head; id != kNone;) {
    Request& request = core.requests.at(id);
    id = request.next;
    Handle& handle = *core.handles.at(request.slot);
    if (in_kernel(request, handle, static_cast<int>(-result))) continue;
    forget_address(request);
    core.finish(request, result);
  }
}

// --- Time
// -------------------------------------------------------------------------------------------------

void Scheduler::stall(Handle& handle, uint64_t after_ms) {
  if (!handle.stalled) {
    handle.stalled = true;
    stalled_.push_back(handle.token());
  }
  const uint64_t retry_ms = now_ms() + after_ms;
  if (stall_retry_ms_ == 0 || retry_ms < stall_retry_ms_) stall_retry_ms_ = retry_ms;
  lower_deadline(stall_retry_ms_);
}

void Scheduler::retry_stalled() {
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

void Scheduler::expire() {
  if (!core.timers.empty() || stall_retry_ms_ != 0) {
    const uint64_t now = now_ms();
    if (stall_retry_ms_ != 0 && now >= stall_retry_ms_) retry_stalled();
    while (Request* request = core.timers.expired(now)) {
      if (request->slot == kNone) core.finish(*request, 0);
      else give_up(*request, kTimeout);
    }
  }
  uint64_t next = stall_retry_ms_;
  if (!core.timers.empty() && (next == 0 || core.timers.earliest() < next)) {
    next = core.timers.earliest();
  }
  set_deadline(next);
}

// --- Tries
// ------------------------------------------------------------------------------------------------

int64_t Scheduler::attempt(Request& request, Handle& handle, uint32_t offset, Outcome* outcome) {
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
    case kWait:
      return attempt_wait(request, handle);
    default:
      return -kUnsupported;
  }
}

int64_t Scheduler::attempt_accept(Handle& handle, uint32_t offset, Outcome* outcome) {
  SystemAddress from;
  Handle* peer = nullptr;
  const int64_t result = accept_one(handle, &from, &peer);
  if (result != 0) return result;
  write_address(from, core.shared.slab + offset);
  outcome->extra = peer->id();
  return 0;
}

// The ids of the new handles go to the slab.
int64_t Scheduler::attempt_accept_many(Request& request, Handle& handle, uint32_t offset) {
  uint32_t count = 0;
  int64_t result = 0;
  while (count < request.size) {
    SystemAddress from;
    Handle* peer = nullptr;
    result = accept_one(handle, &from, &peer);
    if (result != 0) break;
    const double id = peer->id();
    memcpy(core.shared.slab + offset + count * sizeof id, &id, sizeof id);
    count++;
  }
  if (count == 0) return result;
  handle.given += count - 1;  // each counts against what a handle may give in a turn
  return count;
}

}  // namespace pike
