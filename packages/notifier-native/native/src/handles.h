// The handle table: every descriptor in a notifier, by slot and generation. Slots never move, and a
// slot is used again under another generation, so a token kept by the kernel or by JavaScript can
// go stale but never names another handle.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "layout.h"
#include "system.h"

namespace pike {

// What a slot holds; decides which system calls serve it and when a short read means "empty".
enum class Kind : uint8_t { kFree, kStream, kDatagram, kListener, kPipe, kFile, kEvent, kSignal };

// Whether the system hands over datagrams merged: not asked yet; no; yes, until the handle goes.
enum class Merging : uint8_t { kUnknown, kNever, kOn };

// Pending requests of one direction, in order: a doubly linked list through the request table. The
// one before the head is the last.
struct Queue {
  uint32_t head = kNone;
  uint32_t count = 0;
};

// One descriptor. At most 104 bytes: each idle connection has one.
struct Handle {
  uint32_t slot = 0;
  uint32_t generation = 1;
  Descriptor fd = kNoDescriptor;
  Kind kind = Kind::kFree;
  bool socket : 1;
  bool adopted : 1;         // came from outside: its flags are restored when it goes
  bool unblocked : 1;       // known to be non-blocking
  bool restore_block : 1;   // O_NONBLOCK was set by us
  bool restore_sigpipe : 1; // SO_NOSIGPIPE was set by us
  bool armed : 1;           // the backend watches the descriptor
  bool may_read : 1;        // a read may succeed; false: only the next edge will tell
  bool may_write : 1;
  bool drain : 1;  // a short read says nothing: only would-block means empty; always on Unix
                   // streams, where a descriptor sent along by the peer ends a read early
  bool closing : 1;
  bool ready : 1;           // on the ready list
  bool stalled : 1;         // on the stalled list
  bool keeps_alive : 1;     // requests keep the runtime's loop alive
  bool lingers : 1;         // SO_LINGER was set, so close(2) may block
  bool reuse_address : 1;   // Windows: as it was set, where its own option means something else
  bool special : 1;         // has a record among the notifier's specials (path, signals, event)
  bool owes : 1;            // answered writes of it are not sent yet
  bool finished : 1;        // shut down for writing
  bool connected : 1;       // as far as we know. After a connect that waited Linux answers the next
                            // one 0, whatever its address
  bool exposed : 1;         // the descriptor's number was asked for: others may share its file
  bool left_over : 1;       // datagrams that came merged are held: of one receive, those behind it
  bool flooded : 1;         // a system call that receives many gave as many as it could
  bool asked_segments : 1;  // whether the system cuts merged datagrams is known, see segment_max
  Merging merging = Merging::kUnknown;
  uint16_t segment_max = UINT16_MAX;  // longer datagrams are not sent merged: the system refused
  uint8_t unwatched = 0;    // Flag: directions in which the system cannot watch the descriptor
  int16_t broken = 0;       // the error that ended a stream: the system tells it to one caller only
  int16_t unsaid = 0;       // the error of an answered write, for the next one to tell
  uint32_t turn = 0;        // the turn that `given` counts for
  uint32_t given = 0;       // results given at once in that turn
  Queue reads;
  Queue writes;
  Queue waits;
  uint32_t available = 0;   // bytes that the kernel counted at its last word, less those read since
  uint32_t operations = 0;
  uint32_t system_calls = 0;
  uint32_t would_blocks = 0;
  uint32_t completions = 0;
  int multicast_interface = 0;  // IPv4: the number that was set
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;

  Handle()
      : socket(false),
        adopted(false),
        unblocked(false),
        restore_block(false),
        restore_sigpipe(false),
        armed(false),
        may_read(false),
        may_write(true),
        drain(false),
        closing(false),
        ready(false),
        stalled(false),
        keeps_alive(true),
        lingers(false),
        reuse_address(false),
        special(false),
        owes(false),
        finished(false),
        connected(false),
        exposed(false),
        left_over(false),
        flooded(false),
        asked_segments(false) {}
  uint64_t token() const { return (static_cast<uint64_t>(generation) << 32) | slot; }
  double id() const { return static_cast<double>(generation) * kSlotsMax + slot; }
};
static_assert(sizeof(Handle) <= 104, "an idle connection has one");

// The table. Blocks of slots are allocated as needed and kept.
class Handles {
 public:
  explicit Handles(uint32_t limit) : limit_(limit) {}

  // A fresh handle, or nullptr at the limit.
  Handle* open(Descriptor fd, Kind kind);
  // Frees a slot; its generation is spent.
  void free(Handle& handle);
  // By the id that JavaScript holds; nullptr when it is stale or nonsense.
  Handle* by_id(double id);
  // By the token that the kernel holds; nullptr when it is stale.
  Handle* by_token(uint64_t token);
  Handle* at(uint32_t slot) { return slot < used_ ? &blocks_[slot >> 10][slot & 1023] : nullptr; }
  uint32_t used() const { return used_; }
  uint32_t count() const { return count_; }
  bool full() const { return count_ >= limit_; }

 private:
  std::vector<std::unique_ptr<Handle[]>> blocks_;
  uint32_t used_ = 0;
  uint32_t count_ = 0;
  uint32_t limit_;
  uint32_t free_ = kNone;  // free slots, linked through the heads of their reads
};

}  // namespace pike
