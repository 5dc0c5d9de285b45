// The one place that knows which ways of attaching POSIX systems have; see attach.h. The TypeScript
// face asks for the thread by name where the runtime's loop is not libuv's.
#include "attach.h"

namespace pike {

LoopWatch* choose_attachment(const std::string& name, Notifier& notifier, std::string* chosen,
                             std::string* reason) {
  LoopWatch* watch = nullptr;
  if (name != "thread") {
    *chosen = "loop";
    watch = watch_by_loop(notifier);
    if (watch != nullptr) return watch;
  }
  if (name != "loop") {
    *chosen = "thread";
    watch = watch_by_thread(notifier);
  }
  if (watch == nullptr) *reason = "the runtime's loop cannot be attached to by " + *chosen;
  return watch;
}

}  // namespace pike
