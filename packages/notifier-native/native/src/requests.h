// The request table: every operation that waits, by the small number that JavaScript gave it. No
// pointer into JavaScript memory is kept here; buffers are looked up again at every attempt.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "handles.h"
#include "layout.h"

namespace pike {

// Where a request is in its life.
enum class Stage : uint8_t { kFree, kParked, kCompleted };

// One operation. At most 48 bytes: each idle connection has one.
struct Request {
  uint32_t id = 0;
  uint32_t slot = kNone;      // kNone for a timer
  uint32_t next = kNone;      // in its handle's queue
  uint32_t previous = kNone;  // of the first: the last
  uint32_t size = 0;          // a chunk's largest size; 0: the caller's buffer; kNone: wrong. Of a
                              // write in the kernel: the code that it was asked to end with
  uint32_t timer = kNone;     // position in the timer heap
  uint64_t transferred = 0;   // bytes of a write that went out already
  uint64_t total = 0;         // bytes of a write when it was submitted: the buffer must not shrink
  Operation operation = kRead;
  uint8_t flags = 0;
  Stage stage = Stage::kFree;
  bool begun = false;         // a connect that is under way, a write that the kernel works on
};

static_assert(sizeof(Request) <= 48, "an idle connection has one");

// The table. Requests never move.
class Requests {
 public:
  Request& at(uint32_t id) {
    while (id >= blocks_.size() * 1024) blocks_.push_back(std::make_unique<Request[]>(1024));
    return blocks_[id >> 10][id & 1023];
  }
  // The request, if there is a pending one of this number.
  Request* pending(uint32_t id) {
    if (id >= blocks_.size() * 1024) return nullptr;
    Request& request = blocks_[id >> 10][id & 1023];
    return request.stage == Stage::kFree ? nullptr : &request;
  }
  void push(Queue& queue, Request& request) {
    if (queue.head == kNone) {
      queue.head = request.previous = request.id;
    } else {
      Request& first = at(queue.head);
      at(first.previous).next = request.id;
      request.previous = first.previous;
      first.previous = request.id;
    }
    request.next = kNone;
    queue.count++;
  }
  void remove(Queue& queue, Request& request) {
    const bool first = queue.head == request.id;
    if (first) queue.head = request.next;
    else at(request.previous).next = request.next;
    // Whoever it stood before, or else the head, now knows the one that was before it.
    if (request.next != kNone) at(request.next).previous = request.previous;
    else if (!first) at(queue.head).previous = request.previous;
    request.next = request.previous = kNone;
    queue.count--;
  }
  // The last of a queue that is not empty.
  Request& last(const Queue& queue) { return at(at(queue.head).previous); }
  static Queue& queue_of(Handle& handle, const Request& request) {
    switch (request.operation) {
      case kWrite:
      case kSendTo:
      case kSendMany:
      case kConnect:
        return handle.writes;
      case kWait:
      case kClose:  // of a handle that the kernel still works for; alone there
      case kDetach:
        return handle.waits;
      default:
        return handle.reads;
    }
  }

 private:
  std::vector<std::unique_ptr<Request[]>> blocks_;
};

}  // namespace pike
