// Faults of the stand-in, made on purpose: KQUEUE_FAULTS is a list such as "read:22,timer:12", the
// errno with which adding a filter is refused, or "interrupted": every second wait ends with EINTR,
// whatever is pending. For tests of what a full or busy kernel does.
#include <stdlib.h>

#include <cerrno>
#include <cstring>

#include "standin_queue.h"

namespace standin {

namespace {

struct Faults {
  int read = 0;
  int write = 0;
  int timer = 0;
  bool interrupted = false;
};

int number_behind(const char* text, const char* name) {
  const char* found = std::strstr(text, name);
  return found == nullptr ? 0 : atoi(found + std::strlen(name));
}

const Faults& faults() {
  static const Faults the = [] {
    Faults made;
    const char* text = getenv("KQUEUE_FAULTS");
    if (text == nullptr) return made;
    made.read = number_behind(text, "read:");
    made.write = number_behind(text, "write:");
    made.timer = number_behind(text, "timer:");
    made.interrupted = std::strstr(text, "interrupted") != nullptr;
    return made;
  }();
  return the;
}

}  // namespace

int fault_of(const struct kevent& change) {
  if ((change.flags & EV_ADD) == 0) return 0;
  switch (change.filter) {
    case EVFILT_READ:
      return faults().read;
    case EVFILT_WRITE:
      return faults().write;
    case EVFILT_TIMER:
      return faults().timer;
    default:
      return 0;
  }
}

bool is_interrupted() {
  if (!faults().interrupted) return false;
  thread_local bool last = false;
  last = !last;
  return last;
}

}  // namespace standin
