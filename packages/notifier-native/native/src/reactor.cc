// The reactor: how requests are parked, retried and ended; see reactor.h. The system calls
// themselves are in attempts_posix.cc.
#include "reactor.h"

#include <errno.h>

#include <cstddef>

#include "descriptors.h"
#include "operations.h"

namespace pike {

namespace {

// Operations that no edge announces: a connect, and those that are an error: an accept on what does
// not listen, a read of what is not connected.
bool tells_at_once(const Handle& handle, const Request& request) {
  if (request.operation == kConnect) return true;
  if (handle.kind == Kind::kStream && !handle.connected && reads(request)) return true;
  const bool accepts = request.operation == kAccept || request.operation == kAcceptMany;
  return accepts && handle.kind != Kind::kListener;
}

// What a request waits for.
uint8_t directions(const Request& request) {
  if (request.operation == kWait) return request.flags & (kReadable | kWritable);
  return reads(request) ? kReadable : kWritable;
}

// Whether a queue waits for something that no event tells: descriptors, a backlog, buffer space.
// What is received goes on meanwhile, except by a listener.
bool is_stalled(const Handle& handle, const Queue& queue) {
  return handle.stalled && (&queue == &handle.writes || handle.kind == Kind::kListener);
}

// Whether the next turn tries a parked request without an event. A datagram socket is not watched
// for that: one that is watched pays for each datagram that leaves, in the kernel's word that there
// is room.
bool tried_anyway(const Handle& handle, const Request& request) {
  if (!handle.ready || handle.kind != Kind::kDatagram || request.operation == kWait) return false;
  return reads(request) ? handle.may_read : handle.may_write;
}

}  // namespace

int Reactor::adopt(Handle& handle) { return arm(handle); }

void Reactor::release(Handle& handle) {
  if (handle.armed) disarm(handle);
  handle.armed = false;
  forget_merged(handle);
}

// --- Submitting
// -------------------------------------------------------------------------------------------

int64_t Reactor::start(Request& request, Handle& handle, int timeout_ms, Outcome* outcome) {
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
    if (!spend(handle)) {
      make_ready(handle);
      return park(request, handle, timeout_ms);
    }
    const int64_t ready = attempt_wait(request, handle);
    return ready != kPending ? ready : park(request, handle, timeout_ms);
  }
  const Queue& queue = Requests::queue_of(handle, request);
  const bool may = reads(request) ? handle.may_read && !connecting(handle) : handle.may_write;
  const bool tells = may || (tells_at_once(handle, request) && !connecting(handle));
  if (queue.count > 0 || is_stalled(handle, queue) || !tells) {
    return park(request, handle, timeout_ms);
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

int64_t Reactor::submit_timer(Request& request, int timeout_ms) {
  core.count(kOperations);
  core.set_deadline(request, timeout_ms);
  if (timeout_ms >= 0) lower_deadline(core.timers.earliest());
  return kPending;
}

// One of the results that a handle may give in one turn; after those it has to wait for the next.
bool Reactor::spend(Handle& handle) {
  if (handle.turn != turn_) {
    handle.turn = turn_;
    handle.given = 0;
  }
  if (handle.given >= core.limits.immediate) return false;
  handle.given++;
  return true;
}

int64_t Reactor::park(Request& request, Handle& handle, int timeout_ms) {
  const int code = tried_anyway(handle, request) ? 0 : expect(request, handle);
  if (code != 0) return -code;
  if (handle.unwatched != 0 && (handle.unwatched & directions(request)) != 0) return -kUnsupported;
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
    addresses_.erase(request.id);
    return parked;
  }
  if (timeout_ms >= 0) lower_deadline(core.timers.earliest());
  return kPending;
}

int Reactor::keep_address(Request& request) {
  SystemAddress address;
  const uint8_t* wire = core.shared.slab + kSlabAddressIn;
  if (!read_address(wire, &address)) return address_refusal(wire);
  addresses_[request.id] = address;
  return 0;
}

// --- Serving
// ----------------------------------------------------------------------------------------------

void Reactor::turn(int timeout_ms) {
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

// The ready list goes before the kernel's news: a full stream has no news to tell.
void Reactor::serve_ready() {
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

void Reactor::on_ready(uint64_t token, uint32_t ready, uint32_t available, int error) {
  Handle* handle = core.handles.by_token(token);
  if (handle == nullptr) {
    core.count(kStaleEvents);
    return;
  }
  if (ready & (kReadyRead | kReadyHangup)) handle->may_read = true;
  if (ready & (kReadyWrite | kReadyHangup)) handle->may_write = true;
  if (ready & kReadyHangup) handle->drain = true;
  if (ready & kReadyRead) handle->available = available;
  if (error != 0 && handle->kind == Kind::kStream) handle->broken = static_cast<int16_t>(error);
  serve(*handle);
}

void Reactor::ask_again(Handle& handle) {
  handle.may_read = handle.may_write = handle.drain = true;
  make_ready(handle);
}

void Reactor::serve(Handle& handle) {
  if (handle.owes && handle.may_write) pay(handle);
  if (!handle.closing) serve_queues(handle);
  show_gate(handle);
}

void Reactor::serve_queues(Handle& handle) {
  if (handle.waits.count > 0) serve_waits(handle);
  // A failed connect is told once, and a read would take the word away.
  if (handle.may_write && connecting(handle)) serve_queue(handle, handle.writes);
  if (connecting(handle)) return;
  if (handle.may_read) serve_queue(handle, handle.reads);
  if (handle.may_write) serve_queue(handle, handle.writes);
}

void Reactor::serve_queue(Handle& handle, Queue& queue) {
  while (queue.head != kNone && !is_stalled(handle, queue)) {
    Request& request = core.requests.at(queue.head);
    if (!(reads(request) ? handle.may_read : handle.may_write)) return;
    if (!core.batch_has_room() || !spend(handle)) {
      make_ready(handle);
      return;
    }
    Outcome outcome;
    outcome.offset = core.slab_offset();
    int64_t result = attempt(request, handle, outcome.offset, &outcome);
    if (result == kPending) {
      if (handle.armed || is_stalled(handle, queue)) return;
      const int code = expect(request, handle);
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
    addresses_.erase(request.id);
    core.emit(request, outcome);
    // The reads waited for a connection that does not come: the system would call that the end of
    // the stream.
    if (request.operation != kConnect) continue;
    if (result < 0) end_all(handle.reads, result);
    else if (handle.reads.count > 0) expect(core.requests.at(handle.reads.head), handle);
  }
}

// Whether a connect is under way, or next.
bool Reactor::connecting(const Handle& handle) {
  const uint32_t head = handle.writes.head;
  return head != kNone && core.requests.at(head).operation == kConnect;
}

void Reactor::serve_waits(Handle& handle) {
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

void Reactor::make_ready(Handle& handle) {
  if (handle.ready) return;
  handle.ready = true;
  ready_.push_back(handle.token());
}

// --- Time
// -------------------------------------------------------------------------------------------------

void Reactor::stall(Handle& handle, uint64_t after_ms) {
  if (!handle.stalled) {
    handle.stalled = true;
    stalled_.push_back(handle.token());
  }
  const uint64_t retry_ms = now_ms() + after_ms;
  if (stall_retry_ms_ == 0 || retry_ms < stall_retry_ms_) stall_retry_ms_ = retry_ms;
  lower_deadline(stall_retry_ms_);
}

void Reactor::retry_stalled() {
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

void Reactor::expire() {
  if (core.timers.empty() && stall_retry_ms_ == 0) return;
  const uint64_t now = now_ms();
  if (stall_retry_ms_ != 0 && now >= stall_retry_ms_) retry_stalled();
  while (Request* request = core.timers.expired(now)) {
    Handle* handle = request->slot == kNone ? nullptr : core.handles.at(request->slot);
    if (handle != nullptr && in_kernel(*request, *handle, kTimeout)) continue;
    addresses_.erase(request->id);
    core.finish(*request, handle == nullptr ? 0 : -kTimeout);
    if (handle != nullptr && (handle->may_read || handle->may_write)) make_ready(*handle);
  }
  uint64_t next = stall_retry_ms_;
  if (!core.timers.empty() && (next == 0 || core.timers.earliest() < next))
    next = core.timers.earliest();
  if (next != 0) lower_deadline(next);
}

}  // namespace pike
