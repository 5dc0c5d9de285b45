// How an attached notifier hears from the runtime's loop: one interface, and a file for each way.
//
// "loop": the backend's descriptor is watched on the environment's own libuv loop. "thread": a
// thread of our own waits on the backend and wakes JavaScript by a threadsafe function, in runtimes
// whose loop is not libuv's, and for backends that no descriptor speaks for.
#pragma once
#include <string>

namespace pike {

class Notifier;

// Belongs to its notifier until `stop`, and then to itself.
class LoopWatch {
 public:
  // Whether it keeps the loop alive.
  virtual void set_alive(bool alive) = 0;
  // A turn has work that the kernel will not tell of: one comes soon, never from within this call.
  virtual void hurry() = 0;
  // The loop has come round as asked for, and work that was there has had its turn.
  virtual void lap() = 0;
  // Ends it; it frees itself when the loop has let go, and never calls the notifier again.
  virtual void stop() = 0;

 protected:
  virtual ~LoopWatch() = default;
};

// The ways. Null when this one is not to be had, with nothing left behind.
LoopWatch* watch_by_loop(Notifier& notifier);
LoopWatch* watch_by_thread(Notifier& notifier);

// A way by name ("loop", "thread"), or the best that the system has for "". Null: `reason` says why
// not; else `chosen` is its name.
LoopWatch* choose_attachment(const std::string& name, Notifier& notifier, std::string* chosen,
                             std::string* reason);

}  // namespace pike
