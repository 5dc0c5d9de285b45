// The backend-neutral heart of a notifier: handles, requests, deadlines, finished requests on their
// way to JavaScript, counters. It knows no system call and no N-API; a backend completes requests
// through it.
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "buffers.h"
#include "handles.h"
#include "layout.h"
#include "requests.h"
#include "specials.h"
#include "timers.h"

namespace pike {

// Memory that the TypeScript face allocates and both sides use.
struct Shared {
  uint8_t* slab = nullptr;
  double* rows = nullptr;
  double* detail = nullptr;
  double* counters = nullptr;
  double* posts = nullptr;
  uint32_t* gates = nullptr;  // one per slot
};

// Limits, as the TypeScript face sets them.
struct Limits {
  uint32_t handles = kSlotsMax;
  uint32_t queue = 1024;
  uint32_t immediate = 16;
  // Of handlers, for each completion and operation: beyond that, writes are sent at once.
  uint32_t gather_ns = 20'000;
  bool offload = true;  // whether the system may merge and cut datagrams
};

// What a finished request carries besides its number.
struct Outcome {
  int64_t result = 0;
  // accept: the new handle; write: bytes transferred; datagram: 1 if truncated; receive many: the
  // number of the spare memory
  double extra = 0;
  uint32_t offset = 0;  // of the chunk or address in the slab
};

// The heart.
class Core {
 public:
  Core(const Shared& shared, const Limits& limits)
      : handles(limits.handles), timers(requests), shared(shared), limits(limits) {}

  // --- The batch
  // -----------------------------------------------------------------------------------------
  // Starts an empty batch; what the last one left in the slab is over.
  void begin_batch() {
    rows_ = 0;
    slab_next_ = kSlabBatch;
    next_spare = 0;
  }
  // Whether a batch can take one more row and a chunk of the largest size.
  bool batch_has_room() const {
    return rows_ < kRowsMax && slab_next_ + kChunkBytesMax + kAddressBytes <= kSlabBytes;
  }
  uint32_t rows() const { return rows_; }
  // Room for the next chunk or address of the batch.
  uint32_t slab_offset() const { return slab_next_; }
  void take_slab(uint32_t size) { slab_next_ += (size + 7) & ~7u; }
  // Writes a finished request into the batch and forgets it.
  void emit(Request& request, const Outcome& outcome);
  // Finishes a parked request outside a batch: it goes out with the next one.
  void finish(Request& request, int64_t result);
  // Moves finished requests into the batch, in order, as far as they fit. Calls `closing(request,
  // outcome)` for a close or detach just before it goes out, to let go of the descriptor.
  template <typename Closing>
  void flush(Closing closing) {
    uint32_t index = 0;
    for (; index < finished_.size() && rows_ < kRowsMax; index++) {
      const Finished& entry = finished_[index];
      Request& request = requests.at(entry.id);
      Outcome outcome = {entry.result, static_cast<double>(request.transferred), 0};
      if (request.operation == kClose || request.operation == kDetach) {
        if (!batch_has_room()) break;  // bytes that were not read may go along
        outcome.offset = slab_offset();
        outcome.result = closing(request, &outcome);
        if (outcome.extra <= kChunkBytesMax) take_slab(static_cast<uint32_t>(outcome.extra));
      }
      emit(request, outcome);
    }
    finished_.erase(finished_.begin(), finished_.begin() + index);
  }
  bool has_finished() const { return !finished_.empty(); }

  // --- Requests
  // ------------------------------------------------------------------------------------------
  // Makes the request of a number JavaScript chose.
  Request& open_request(uint32_t id, Operation operation, Handle* handle);
  // Puts it on its handle's queue, with a deadline if there is one.
  int64_t park(Request& request, Handle& handle, int timeout_ms);
  // Gives it a deadline; a timer of no time has none.
  void set_deadline(Request& request, int timeout_ms);
  // Takes it off its queue.
  void unpark(Request& request);
  // Whether pending requests should keep the runtime's loop alive.
  bool alive() const { return alive_ > 0; }
  void set_keeps_alive(Handle& handle, bool keeps_alive);

  void count(Counter counter, double amount = 1) { shared.counters[counter] += amount; }

  Handles handles;
  Requests requests;
  Timers timers;
  Specials specials;
  Shared shared;
  Limits limits;
  // Of a detach: bytes received and not read, when they are more than a chunk; by request.
  std::unordered_map<uint32_t, std::vector<uint8_t>> unread;
  // The next spare memory for a batch of datagrams; what is taken in one call of JavaScript's is
  // replaced before the next.
  uint32_t next_spare = 0;

 private:
  struct Finished {
    uint32_t id;
    int64_t result;
  };
  bool keeps_alive(const Request& request);
  uint32_t rows_ = 0;
  uint32_t slab_next_ = kSlabBatch;
  std::vector<Finished> finished_;
  uint32_t alive_ = 0;
};

}  // namespace pike
