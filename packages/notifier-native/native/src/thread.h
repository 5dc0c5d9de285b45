// One thread of our own, started and joined. It has every signal blocked that can be waited for, so
// that a signal of the process never lands on it. Owns the thread until `join`.
#pragma once
#include <memory>

namespace pike {

class Thread {
 public:
  // Runs `run(data)`, under a name of at most 15 characters for people who look at the process.
  // Null when the system has no thread to give.
  static std::unique_ptr<Thread> start(const char* name, void (*run)(void* data), void* data);
  virtual ~Thread() = default;
  // Waits for its end. Once, before it is destroyed.
  virtual void join() = 0;
};

}  // namespace pike
