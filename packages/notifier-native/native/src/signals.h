// Waiting for signals: the interface between a backend and the process-wide signal machinery.
//
// Dispositions and signal masks belong to the process, so everything behind this interface is one
// process-wide state behind one mutex (docs/decisions/0005-signals.md). A SignalWait belongs to
// whoever opened it, may be used from any one thread at a time, and owns its descriptor and its
// queue.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

#include "signal_names.h"
#include "system.h"

namespace pike {

// One delivered signal, as siginfo_t tells it. Plain data.
struct SignalRecord {
  int number;
  int code;      // SI_USER, SI_QUEUE, SI_KERNEL, … sigaction(2)
  int pid;       // 0: sent by the kernel
  unsigned uid;  // the sender's real user id
  int value;     // what sigqueue(3) carried, else 0
  bool told;     // whether the system told all these, or the number alone
};

// How a record crosses to TypeScript: six numbers; see src/signals.ts.
inline void write_signal(const SignalRecord& record, uint8_t* to) {
  const int32_t fields[6] = {record.number, record.code, record.pid,
                             static_cast<int32_t>(record.uid), record.value, record.told};
  memcpy(to, fields, sizeof fields);
}

// The bit of a signal in a set: signal 1 is bit 0.
constexpr uint64_t signal_bit(int number) { return uint64_t{1} << (number - 1); }

// Records that one wait holds unread. Beyond it a standard signal merges with one of its number
// that is still unread, and real-time ones stay in the kernel, for every waiter, until this one has
// read half: their sender sees EAGAIN from sigqueue(3) once RLIMIT_SIGPENDING is reached. Nothing
// is dropped.
constexpr uint32_t kSignalRecordsMax = 16'384;

// A wait for a set of signals. Every open wait sees every signal of its set.
class SignalWait {
 public:
  // 0 or an errno: EINVAL for an empty set or a refused signal, EMFILE, ENFILE, ENOMEM, EAGAIN (no
  // thread), ENOENT (no /proc). On Linux it returns once every thread of the process blocks the
  // signals.
  static int open(uint64_t signal_bits, std::unique_ptr<SignalWait>* out);

  // Closes the wait; unread records go with it. The last waiter of a signal restores the
  // disposition that was found (unless someone else has set another since) and unblocks the main
  // thread. What is still pending then goes to a restored handler; where there is none it is
  // dropped instead of ending the process.
  virtual ~SignalWait() = default;
  SignalWait(const SignalWait&) = delete;
  SignalWait& operator=(const SignalWait&) = delete;

  // Readable exactly while a record waits; a new edge only after `take` has said false.
  // kNoDescriptor where the backend hears of signals in another way.
  virtual Descriptor fd() const { return kNoDescriptor; }

  // The oldest record; false when there is none. Allocates nothing.
  virtual bool take(SignalRecord* out) = 0;
  // Whether `take` would find one.
  virtual bool has_any() const = 0;

 protected:
  SignalWait() = default;
};

// For a runtime that does not let a signal be blocked (Bun's loop waits with a mask of its own), or
// whose children would inherit that (Bun, Deno): signals are caught by handlers and no thread
// blocks any. Queued ones may then change places. Before the first wait; no effect where signals
// are not blocked anyway.
void leave_signals_unblocked();
// Such a runtime may have put a handler over ours, or taken one away: ours comes first again. The
// other one is called for the signals of `listened` only: with nobody listening it may end the
// process, or be gone.
void look_at_dispositions(uint64_t listened);

// Whether real-time signals can be waited for: one by one, with what they carry.
bool serves_realtime_signals();

}  // namespace pike
