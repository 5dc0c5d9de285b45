// The native interface of a backend: one page, for reactors (epoll, kqueue) and proactors
// (io_uring, I/O completion ports) alike.
//
// Everything is a request that completes exactly once. `submit` answers at once or keeps the
// request; what is kept is completed during a later `turn` through Core, which writes the batch
// that JavaScript gets. Queues, turns and deadlines are Scheduler's. A reactor derives from Reactor
// and adds arm, disarm and wait. A proactor derives from Scheduler and keeps a kernel operation per
// request, with slot and generation as its user data, reads into memory of its own, and copies at
// delivery.
//
// All calls but `wake` and `await_work` come from the thread that the notifier belongs to.
#pragma once
#include <memory>
#include <string>

#include "core.h"

namespace pike {

// Of `turn`.
constexpr int kNoWait = -2;

class Backend {
 public:
  explicit Backend(Core& core, BufferSource& buffers) : core(core), buffers(buffers) {}
  virtual ~Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // Takes what it needs from the system. 0 or a Code.
  virtual int open() = 0;

  // A descriptor has come in from outside and must be watchable from now on. 0 or a Code; on
  // failure nothing about the descriptor has changed.
  virtual int adopt(Handle& handle) = 0;

  // Lets go of a descriptor: after this the kernel says nothing about it any more. Closing it is
  // the caller's.
  virtual void release(Handle& handle) = 0;

  // Starts a request: its result (≥ 0, or a negated Code; `outcome` holds the rest), or kPending.
  virtual int64_t submit(Request& request, Handle& handle, int timeout_ms, Outcome* outcome) = 0;

  // Starts a timer, which belongs to no handle. Always kPending.
  virtual int64_t submit_timer(Request& request, int timeout_ms) = 0;

  // Asks a pending request to end with -code soon. It completes once all the same.
  virtual void cancel(Request& request, int code) = 0;

  // Something was freed that requests may have waited for (descriptors, handles).
  virtual void retry_stalled() = 0;

  // Takes the requests that JavaScript has posted in shared memory: reads are parked, small writes,
  // answered already, are sent. Before anything else is asked for, and when a batch is delivered.
  virtual void take_posts() {}

  // Shuts a connection down in one direction or both, after what was written. 0 or a Code.
  virtual int shutdown(Handle& handle, int how) = 0;

  // The end is near: answered writes that the system has not taken get a last chance, for at most
  // `within_ms`.
  virtual void settle_debts(int within_ms) { static_cast<void>(within_ms); }

  // Waits up to `timeout_ms` (-1: for ever, 0: not at all) unless there is work already, then
  // completes what it can into the batch. kNoWait: the descriptor has nothing to tell, only
  // `has_work`.
  virtual void turn(int timeout_ms) = 0;

  // Whether a turn would have work without anything from the kernel: then it does not wait.
  virtual bool has_work() const = 0;

  // Called before the runtime's loop waits: hands to the kernel what was gathered, and says whether
  // a turn has work.
  virtual bool flush() { return has_work(); }
  // Whether something was gathered.
  virtual bool gathered() const { return false; }

  // The notifier ends: after this the kernel works on nothing of it any more.
  virtual void quiesce() {}
  // What of its kernel interface it uses, by name, for `doctor`.
  virtual std::string features() const { return ""; }
  // Why `open` failed.
  virtual std::string refusal() const { return ""; }

  // Makes the next or current `turn`, or `await_work`, return soon. From any thread.
  virtual void wake() = 0;

  // A descriptor that is readable when a turn has something to do, for the runtime's loop to watch;
  // kNoDescriptor where there is none.
  virtual Descriptor descriptor() const = 0;

  // Waits until a turn has something to do, or until `wake`: what came is left, or kept, for the
  // turn. From a waiter thread, also while turns run: between two waits there is always a turn.
  virtual void await_work() = 0;

  Core& core;
  BufferSource& buffers;
};

// What is asked of the choice of a backend.
struct Choice {
  std::string name;      // a backend; several, best first, joined by commas; "": the system's best
  std::string features;  // of io_uring, what to do without; see uring_features.h
};

// An open backend, the first of those asked for that can be had. Null: `code` and `reason` say why
// not; else `reason` says why this one, and `chosen` is its name.
std::unique_ptr<Backend> choose_backend(const Choice& choice, Core& core, BufferSource& buffers,
                                        std::string* chosen, std::string* reason, int* code);

}  // namespace pike
