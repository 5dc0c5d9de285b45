// The reactor: what of a handle is worth a try, by what the kernel last said of it; see reactor.h.
// The system calls themselves are in attempts_posix.cc.
#include "reactor.h"

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

// --- What is worth a try
// -------------------------------------------------------------------------------------

bool Reactor::worth_a_try(const Request& request, const Handle& handle) {
  if (may_try(request, handle) && !(reads(request) && connecting(handle))) return true;
  return tells_at_once(handle, request) && !connecting(handle);
}

bool Reactor::may_try(const Request& request, const Handle& handle) const {
  return reads(request) ? handle.may_read : handle.may_write;
}

int Reactor::about_to_wait(Request& request, Handle& handle) {
  const int code = tried_anyway(handle, request) ? 0 : expect(request, handle);
  if (code != 0) return code;
  return (handle.unwatched & directions(request)) != 0 ? kUnsupported : 0;
}

int Reactor::goes_on_waiting(Request& request, Handle& handle) {
  return handle.armed ? 0 : expect(request, handle);
}

// --- Serving
// ----------------------------------------------------------------------------------------------

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

}  // namespace pike
