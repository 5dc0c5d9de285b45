// Attached by a thread of our own: it waits on the backend, and wakes JavaScript by a threadsafe
// function, whose reference keeps the loop alive.
//
// One wake-up is outstanding at a time: from the moment it is sent until its turn is over the
// thread sleeps, so it neither spins nor fills a queue.
//
// A runtime may call a threadsafe function again and again before its loop comes round (Node up to
// 1,000 times), and timers would starve. So what a turn leaves behind waits for a lap, a call by
// setImmediate; and so does the thread, when the last lap was some time ago.
//
// The thread is joined before the threadsafe function is released, so it never meets one that is
// gone. The watch is freed by the finalizer of the threadsafe function.
#include <node_api.h>

#include <condition_variable>
#include <memory>
#include <mutex>

#include "notifier.h"
#include "thread.h"

namespace pike {

namespace {

// Time in turns after which the loop has to come round.
constexpr uint64_t kLapMs = 2;

class ThreadWatch final : public LoopWatch {
 public:
  explicit ThreadWatch(Notifier& notifier) : notifier_(&notifier), env_(notifier.env) {}

  // False: it has freed itself.
  bool begin() {
    napi_value name;
    napi_create_string_utf8(env_, "pike", NAPI_AUTO_LENGTH, &name);
    if (napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, this, on_finalize, this,
                                        on_wake, &wake_) != napi_ok) {
      delete this;
      return false;
    }
    napi_unref_threadsafe_function(env_, wake_);
    // After the threadsafe function's own, so that it runs before it.
    napi_add_env_cleanup_hook(env_, on_cleanup, this);
    thread_ = Thread::start("pike-waiter", [](void* watch) {
      static_cast<ThreadWatch*>(watch)->wait_until_stopped();
    }, this);
    if (thread_ != nullptr) return true;
    stop();
    return false;
  }

  void set_alive(bool alive) override {
    if (alive == alive_) return;
    alive_ = alive;
    if (alive) napi_ref_threadsafe_function(env_, wake_);
    else napi_unref_threadsafe_function(env_, wake_);
  }

  void hurry() override {
    if (!claim()) return;
    // An immediate would keep the loop, which only a user's request may.
    if (alive_) notifier_->ask_for_lap();
    else call();
  }

  void lap() override {
    last_lap_ms_ = now_ms();
    release_claim();
  }

  void stop() override {
    if (thread_ != nullptr) {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        stopping_ = true;
      }
      turn_over_.notify_one();
      notifier_->backend->wake();
      thread_->join();
    }
    notifier_ = nullptr;
    if (!ended_) napi_remove_env_cleanup_hook(env_, on_cleanup, this);
    // Within a turn the runtime is still inside a call of this function: its end releases it.
    if (!in_turn_ && !finalized_) release();
  }

 private:
  // The thread.
  void wait_until_stopped() {
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        turn_over_.wait(lock, [this] { return stopping_ || !claimed_; });
        if (stopping_) return;
      }
      notifier_->backend->await_work();
      if (claim()) call();
    }
  }

  void release() { napi_release_threadsafe_function(wake_, napi_tsfn_abort); }

  // Claims the next turn: false when one is claimed already.
  bool claim() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (claimed_ || stopping_) return false;
    claimed_ = true;
    return true;
  }
  void release_claim() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      claimed_ = false;
    }
    if (notifier_->backend->flush()) hurry();
    else turn_over_.notify_one();
  }
  void call() { napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking); }

  // JavaScript's thread. Without an environment, when the queue is emptied at its end.
  static void on_wake(napi_env env, napi_value, void* context, void*) {
    if (env != nullptr) static_cast<ThreadWatch*>(context)->turn();
  }

  void turn() {
    if (notifier_ == nullptr) return;
    in_turn_ = true;
    notifier_->turn_and_deliver();
    in_turn_ = false;
    if (notifier_ == nullptr) return release();  // closed by what it delivered
    if (now_ms() - last_lap_ms_ < kLapMs) release_claim();
    else notifier_->ask_for_lap();
  }

  static void on_finalize(napi_env, void* data, void*) {
    ThreadWatch* watch = static_cast<ThreadWatch*>(data);
    watch->finalized_ = true;
    // A runtime may end an environment from this side.
    if (watch->notifier_ != nullptr) watch->notifier_->close();
    delete watch;
  }

  // The environment ends: the notifier lets go of everything, and with it of this watch.
  static void on_cleanup(void* data) {
    ThreadWatch* watch = static_cast<ThreadWatch*>(data);
    watch->ended_ = true;
    if (watch->notifier_ != nullptr) watch->notifier_->close();
  }

  Notifier* notifier_;
  const napi_env env_;
  napi_threadsafe_function wake_ = nullptr;
  std::unique_ptr<Thread> thread_;
  bool alive_ = false;
  bool in_turn_ = false;
  uint64_t last_lap_ms_ = 0;
  bool ended_ = false;      // the cleanup hook has run
  bool finalized_ = false;  // the threadsafe function is gone

  std::mutex mutex_;
  std::condition_variable turn_over_;
  bool claimed_ = false;   // a turn is coming, or under way
  bool stopping_ = false;
};

}  // namespace

LoopWatch* watch_by_thread(Notifier& notifier) {
  ThreadWatch* watch = new ThreadWatch(notifier);
  return watch->begin() ? watch : nullptr;
}

}  // namespace pike
