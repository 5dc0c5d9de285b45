// pthread_create(3); see thread.h.
#include "thread.h"

#include <pthread.h>

#include <csignal>

namespace pike {

namespace {

// What a thread does to itself stays deliverable: blocked, it would end the process untold.
constexpr int kOfTheThread[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF};

class PosixThread final : public Thread {
 public:
  PosixThread(const char* name, void (*run)(void*), void* data)
      : name_(name), run_(run), data_(data) {}

  bool begin() {
    sigset_t blocked;
    sigset_t before;
    sigfillset(&blocked);
    for (const int signal : kOfTheThread) sigdelset(&blocked, signal);
    // The new thread begins with this mask: there is no moment in which it has another.
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    const int error = pthread_create(&thread_, nullptr, begin_here, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return error == 0;
  }

  void join() override { pthread_join(thread_, nullptr); }

 private:
  static void* begin_here(void* data) {
    PosixThread* thread = static_cast<PosixThread*>(data);
#ifdef __APPLE__
    pthread_setname_np(thread->name_);  // there only a thread itself can
#else
    pthread_setname_np(pthread_self(), thread->name_);
#endif
    thread->run_(thread->data_);
    return nullptr;
  }

  const char* const name_;
  void (*const run_)(void*);
  void* const data_;
  pthread_t thread_{};
};

}  // namespace

std::unique_ptr<Thread> Thread::start(const char* name, void (*run)(void*), void* data) {
  auto thread = std::make_unique<PosixThread>(name, run, data);
  if (!thread->begin()) return nullptr;
  return thread;
}

}  // namespace pike
