// What the signal tests need around them: checks that name their place, a sender in another
// process, and what /proc says of masks and descriptors. Header only; everything here is for one
// process and one test at a time.
#pragma once

#include <dirent.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>

#include "../src/signal_threads_linux.h"
#include "../src/signals.h"

extern char** environ;

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      std::fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__, #condition); \
      std::_Exit(1);                                                                \
    }                                                                               \
  } while (false)

namespace stage {

constexpr int kPatienceMs = 60'000;  // how long an awaited event may take before the test fails

inline void sleep_us(long us) {
  const timespec pause{us / 1'000'000, us % 1'000'000 * 1'000};
  nanosleep(&pause, nullptr);
}

inline std::unique_ptr<pike::SignalWait> open_wait(uint64_t bits) {
  std::unique_ptr<pike::SignalWait> wait;
  CHECK(pike::SignalWait::open(bits, &wait) == 0);
  return wait;
}

// The next record; waits for it on the descriptor, as a notifier does.
inline pike::SignalRecord next(pike::SignalWait& wait) {
  pike::SignalRecord record{};
  while (!wait.take(&record)) {
    pollfd readable{wait.fd(), POLLIN, 0};
    const int count = poll(&readable, 1, kPatienceMs);
    CHECK(count == 1 || (count < 0 && errno == EINTR));
  }
  return record;
}

// Another process that sends `number` to us `count` times, with values 0 to count − 1. Value −1: by
// plain kill.
inline pid_t spawn_sender(int number, int count, bool plain) {
  const std::string to = std::to_string(getpid()), what = std::to_string(number),
                    many = std::to_string(count);
  const char* mode = plain ? "kill" : "queue";
  const char* arguments[] = {"sender",     "send",       mode,   to.c_str(),
                             what.c_str(), many.c_str(), nullptr};
  pid_t pid = 0;
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  CHECK(posix_spawn(&pid, "/proc/self/exe", nullptr, &attributes, const_cast<char**>(arguments),
                    environ) == 0);
  posix_spawnattr_destroy(&attributes);
  return pid;
}

inline void await_exit(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) CHECK(errno == EINTR);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// The other side of spawn_sender.
inline int send_from_here(char** arguments) {
  const bool plain = std::strcmp(arguments[2], "kill") == 0;
  const pid_t to = std::atoi(arguments[3]);
  const int number = std::atoi(arguments[4]), count = std::atoi(arguments[5]);
  for (int i = 0; i < count;) {
    sigval value{};
    value.sival_int = i;
    const int result = plain ? kill(to, number) : sigqueue(to, number, value);
    if (result == 0) {
      i++;
    } else if (errno == EAGAIN) {
      sleep_us(100);  // RLIMIT_SIGPENDING: the receiver reads on
    } else {
      return 1;
    }
  }
  return 0;
}

inline bool blocked_here(int number) {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, number) == 1;
}

// Threads of this process that don't block `number`.
inline int threads_open_to(int number) {
  std::vector<pike::ThreadMasks> threads;
  CHECK(pike::list_threads(&threads) == 0);
  int count = 0;
  for (const auto& masks : threads) count += (masks.blocked & pike::signal_bit(number)) == 0;
  return count;
}

// Threads to which `number` was sent in person, and not yet delivered.
inline int threads_with_pending(int number) {
  std::vector<pike::ThreadMasks> threads;
  CHECK(pike::list_threads(&threads) == 0);
  int count = 0;
  for (const auto& masks : threads) count += (masks.pending & pike::signal_bit(number)) != 0;
  return count;
}

inline struct sigaction disposition_of(int number) {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  sigaction(number, nullptr, &action);
  return action;
}

// SA_RESTORER aside, which libc adds whenever anything is set. ThreadSanitizer tells masks and
// flags of its own.
inline bool same(const struct sigaction& a, const struct sigaction& b) {
#ifdef __SANITIZE_THREAD__
  return a.sa_handler == b.sa_handler;
#else
  constexpr int kRestorer = 0x04000000;
  return a.sa_handler == b.sa_handler && (a.sa_flags | kRestorer) == (b.sa_flags | kRestorer) &&
         std::memcmp(&a.sa_mask, &b.sa_mask, 8) == 0;
#endif
}

inline int count_descriptors() {
  DIR* folder = opendir("/proc/self/fd");
  CHECK(folder != nullptr);
  int count = 0;
  while (readdir(folder) != nullptr) count++;
  closedir(folder);
  return count;
}

// The signals that some signalfd(2) of this process reads.
inline uint64_t read_by_signalfd() {
  uint64_t bits = 0;
  for (int fd = 0; fd < 256; fd++) {
    std::ifstream info("/proc/self/fdinfo/" + std::to_string(fd));
    for (std::string line; std::getline(info, line);) {
      if (line.rfind("sigmask:", 0) == 0) bits |= std::stoull(line.substr(8), nullptr, 16);
    }
  }
  return bits;
}

}  // namespace stage
