// The one place that knows which ways of attaching Windows has: libuv's loop there watches sockets
// only, never a completion port of somebody else's, so a thread waits. See attach.h.
#include "attach.h"

namespace pike {

LoopWatch* choose_attachment(const std::string& name, Notifier& notifier, std::string* chosen,
                             std::string* reason) {
  *chosen = "thread";
  if (name == "loop") {
    *reason = "attach \"loop\" is not to be had on Windows, where libuv's loop watches no completion"
              " port; \"thread\" is";
    return nullptr;
  }
  LoopWatch* watch = watch_by_thread(notifier);
  if (watch == nullptr) *reason = "no thread could be had to wait";
  return watch;
}

}  // namespace pike
