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

// One operation. 56 bytes.
struct Request {
  uint32_t id = 0;
  uint32_t slot = kNone;      // kNone for a timer
  uint32_t next = kNone;      // in its handle's queue
  uint32_t previous = kNone;
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
    request.next = kNone;
    request.previous = queue.tail;
    if (queue.tail == kNone) queue.head = request.id;
    else at(queue.tail).next = request.id;
    queue.tail = request.id;
    queue.count++;
  }
  void remove(Queue& queue, Request& request) {
    if (request.previous == kNone) queue.head = request.next;
    else at(request.previous).next = request.next;
    if (request.next == kNone) queue.tail = request.previous;
    else at(request.next).previous = request.previous;
    request.next = request.previous = kNone;
    queue.count--;
  }
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
