// The backend-neutral heart; see core.h.
#include "core.h"

namespace pike {

Request& Core::open_request(uint32_t id, Operation operation, Handle* handle) {
  Request& request = requests.at(id);
  request.id = id;
  request.slot = handle == nullptr ? kNone : handle->slot;
  request.next = request.previous = kNone;
  request.size = 0;
  request.timer = kNone;
  request.transferred = request.total = 0;
  request.operation = operation;
  request.flags = 0;
  request.stage = Stage::kFree;
  request.begun = false;
  return request;
}

int64_t Core::park(Request& request, Handle& handle, int timeout_ms) {
  Queue& queue = Requests::queue_of(handle, request);
  if (queue.count >= limits.queue) return -kQueueFull;
  request.stage = Stage::kParked;
  requests.push(queue, request);
  if (handle.keeps_alive) alive_++;
  if (timeout_ms >= 0) set_deadline(request, timeout_ms);
  count(kPendingNow);
  return kPending;
}

void Core::set_deadline(Request& request, int timeout_ms) {
  // The clock is cut to whole milliseconds: one more, so that no deadline passes early.
  const uint64_t wait_ms = timeout_ms == 0 ? 0 : static_cast<uint64_t>(timeout_ms) + 1;
  if (request.stage == Stage::kFree) {  // a timer: it stands in no queue
    request.stage = Stage::kParked;
    alive_++;
    count(kPendingNow);
  }
  if (timeout_ms >= 0) timers.add(request, now_ms() + wait_ms);
}

void Core::unpark(Request& request) {
  timers.remove(request);
  if (request.slot == kNone) return;
  Handle& handle = *handles.at(request.slot);
  requests.remove(Requests::queue_of(handle, request), request);
}

bool Core::keeps_alive(const Request& request) {
  return request.slot == kNone || handles.at(request.slot)->keeps_alive;
}

void Core::set_keeps_alive(Handle& handle, bool keeps_alive) {
  if (handle.keeps_alive == keeps_alive) return;
  handle.keeps_alive = keeps_alive;
  uint32_t pending = handle.reads.count + handle.writes.count + handle.waits.count;
  for (const Finished& entry : finished_) {
    if (requests.at(entry.id).slot == handle.slot) pending++;
  }
  alive_ = keeps_alive ? alive_ + pending : alive_ - pending;
}

void Core::finish(Request& request, int64_t result) {
  if (request.stage == Stage::kParked) {
    unpark(request);
  } else {  // a close or detach that waits behind what it cancelled
    if (keeps_alive(request)) alive_++;
    count(kPendingNow);
  }
  request.stage = Stage::kCompleted;
  finished_.push_back({request.id, result});
}

void Core::emit(Request& request, const Outcome& outcome) {
  if (request.stage == Stage::kParked) unpark(request);
  if (keeps_alive(request)) alive_--;
  double* row = shared.rows + static_cast<size_t>(rows_) * kRowNumbers;
  row[0] = request.id;
  row[1] = static_cast<double>(outcome.result);
  row[2] = outcome.extra;
  row[3] = outcome.offset;
  rows_++;
  request.stage = Stage::kFree;
  count(kCompletions);
  count(kPendingNow, -1);
  if (request.slot != kNone) handles.at(request.slot)->completions++;
}

}  // namespace pike
