// Faults of the stand-in, made on purpose: KQUEUE_FAULTS is a list such as "read:22,timer:12", the
// errno with which adding a filter is refused; "interrupted": every second wait ends with EINTR,
// whatever is pending; "space": every second send is ENOBUFS. For tests of what a full or busy
// kernel does.
#include <stdlib.h>
#include <sys/socket.h>

#include <atomic>

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
  bool space = false;
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
    made.space = std::strstr(text, "space") != nullptr;
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

bool is_full() {
  if (!faults().space) return false;
  static std::atomic<unsigned> sends{0};
  return sends++ % 2 == 0;
}

}  // namespace standin

extern "C" {
ssize_t __real_sendmsg(int fd, const msghdr* message, int flags);
ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags);
}

ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
  if (!standin::is_full()) return __real_sendmsg(fd, message, flags);
  errno = ENOBUFS;
  return -1;
}
