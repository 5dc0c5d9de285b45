// The one process-wide state of signals: dispositions, the signalfd, and the fan-out to all who
// wait.
//
// Made on first use and never destroyed, as are its reader thread, the signalfd and the overflow
// pipe (three descriptors): a handler may still be on its way to the pipe when the last wait has
// long been closed.
#pragma once

#include <csignal>
#include <cstdint>
#include <mutex>
#include <vector>

#include "signal_convergence_linux.h"
#include "signal_queue.h"

namespace pike {

class SignalHub {
 public:
  static SignalHub& instance();

  // The queue gets every signal of its set from now on. 0 or an errno.
  int join(SignalQueue* queue);
  // The queue gets nothing more; the last one of a signal restores what was found.
  void leave(SignalQueue* queue);
  // A queue that was held up has room again.
  void resume();
  // From now on no thread blocks a signal: handlers catch them all; see signals.h.
  void leave_unblocked();
  void take_over_again(uint64_t listened);

  // While it lives no handler runs in this thread that could wait for the reader: it may hold what
  // the reader needs. Costs nothing while signals are blocked anyway.
  class Undisturbed {
   public:
    Undisturbed();
    ~Undisturbed();

   private:
    sigset_t mask_;
  };

 private:
  class Exclusive;

  SignalHub() = default;
  int start();
  void listen_to_waited();
  void take_over(int number);
  void let_go(uint64_t bits, Exclusive& exclusive);
  void put_back(int number, bool discard);

  // signal_reader_linux.cc
  [[noreturn]] void read_forever();
  void settle_soon();
  int settle();
  bool read_overflow();
  bool read_pending();
  size_t room();
  void deliver(const siginfo_t* infos, size_t count);
  struct sigaction other_disposition(int number);

  std::mutex mutex_;
  // All below under the mutex, except that the descriptors don't change once they are there.
  bool started_ = false;
  int signal_fd_ = -1;
  int pipe_[2] = {-1, -1};
  bool unblocked_ = false;  // handlers catch everything
  uint64_t listened_by_others_ = 0;  // when unblocked: what the other handlers are called for
  uint64_t waited_ = 0;    // somebody waits for these
  uint64_t listened_ = 0;  // what the signalfd reads: those waited for, less those held up
  uint32_t waiters_[65] = {};
  struct sigaction found_[65] = {};  // what there was, or would be without us
  std::vector<SignalQueue*> queues_;
  SignalConvergence convergence_;
  int settle_pass_ = -1;  // how many later passes were made; −1: none is due
  int64_t settle_at_ms_ = 0;
};

}  // namespace pike
