// What the tests of kqueue(2) itself need around them: a queue, changes and events in one line,
// pairs of descriptors, and checks that name their place. Nothing here knows whether the kqueue is
// a kernel's or the stand-in; one process and one test at a time.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
// After <sys/types.h>, as the manual page has it.
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      std::fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__, #condition); \
      std::_Exit(1);                                                                \
    }                                                                               \
  } while (false)

namespace stage {

constexpr int kPatienceMs = 20'000;  // how long an awaited event may take before the test fails

inline void* word(uintptr_t value) { return reinterpret_cast<void*>(value); }

inline struct kevent change(uintptr_t ident, int filter, int flags, unsigned fflags = 0,
                            int64_t data = 0, void* udata = nullptr) {
  struct kevent made;
  EV_SET(&made, ident, static_cast<short>(filter), static_cast<unsigned short>(flags), fflags, data,
         udata);
  return made;
}

// A kqueue of its own.
class Queue {
 public:
  Queue() : fd_(kqueue()) { CHECK(fd_ >= 0); }
  ~Queue() { close(fd_); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  int fd() const { return fd_; }

  // Applies one change without room for its error: 0 or the errno.
  int apply(const struct kevent& one) {
    return kevent(fd_, &one, 1, nullptr, 0, nullptr) == 0 ? 0 : errno;
  }
  int apply(uintptr_t ident, int filter, int flags, unsigned fflags = 0, int64_t data = 0,
            void* udata = nullptr) {
    return apply(change(ident, filter, flags, fflags, data, udata));
  }

  // What is pending now.
  std::vector<struct kevent> pending() { return taken(0); }
  bool is_empty() { return pending().empty(); }

  // The one event that comes, awaited.
  struct kevent next() {
    const std::vector<struct kevent> events = taken(kPatienceMs);
    CHECK(events.size() == 1);
    return events[0];
  }
  // The one event that is pending now.
  struct kevent only() {
    const std::vector<struct kevent> events = pending();
    CHECK(events.size() == 1);
    return events[0];
  }

 private:
  std::vector<struct kevent> taken(int wait_ms) {
    std::vector<struct kevent> events(16);
    timespec limit{wait_ms / 1000, 0};
    const int room = static_cast<int>(events.size());
    const int count = kevent(fd_, nullptr, 0, events.data(), room, &limit);
    CHECK(count >= 0);
    events.resize(static_cast<size_t>(count));
    return events;
  }

  const int fd_;
};

struct Pair {
  int near = -1;
  int far = -1;
  ~Pair() {
    if (near >= 0) close(near);
    if (far >= 0) close(far);
  }
  void end_far() {
    CHECK(close(far) == 0);
    far = -1;
  }
};

inline void unblock(int fd) { CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0); }

// `near` reads what is written to `far`.
inline void open_pipe(Pair* pair) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  pair->near = ends[0];
  pair->far = ends[1];
}

inline sockaddr_in loopback(int fd) {
  sockaddr_in address;
  socklen_t size = sizeof address;
  std::memset(&address, 0, sizeof address);
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return address;
}

inline int bound(int type) {
  const int fd = socket(AF_INET, type, 0);
  CHECK(fd >= 0);
  sockaddr_in address;
  std::memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

inline int listening() {
  const int fd = bound(SOCK_STREAM);
  CHECK(listen(fd, 8) == 0);
  return fd;
}

inline int connect_to(int fd, const sockaddr_in& address) {
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

// A connection of TCP, both sides non-blocking.
inline void open_tcp(Pair* pair) {
  const int listener = listening();
  pair->far = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(pair->far >= 0 && connect_to(pair->far, loopback(listener)) == 0);
  pair->near = accept(listener, nullptr, nullptr);
  CHECK(pair->near >= 0);
  unblock(pair->near);
  unblock(pair->far);
  close(listener);
}

// Ends a connection with a reset.
inline void reset(Pair* pair) {
  const linger abort{1, 0};
  CHECK(setsockopt(pair->far, SOL_SOCKET, SO_LINGER, &abort, sizeof abort) == 0);
  pair->end_far();
}

inline void send_text(int fd, const char* text) {
  const ssize_t size = static_cast<ssize_t>(std::strlen(text));
  CHECK(write(fd, text, static_cast<size_t>(size)) == size);
}

// Reads what there is, at most 4096 bytes; the count, or −errno.
inline ssize_t drain(int fd) {
  char bytes[4096];
  const ssize_t count = read(fd, bytes, sizeof bytes);
  return count >= 0 ? count : -errno;
}

inline uintptr_t ident(int fd) { return static_cast<uintptr_t>(fd); }

inline bool is_at_end(const struct kevent& event) { return (event.flags & EV_EOF) != 0; }

}  // namespace stage
