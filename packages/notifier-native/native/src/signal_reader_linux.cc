// The thread that reads every signal of the process, and hands each to all who wait and to the
// other handler.
//
// It has all signals blocked and belongs to no environment, so it survives the worker that opened a
// wait. The overflow pipe is emptied before the signalfd each time: what a handler caught arrived
// earlier than what was blocked.
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "signal_handler_linux.h"
#include "signal_hub_linux.h"
#include "signal_record_linux.h"
#include "signal_threads_linux.h"

namespace pike {
namespace {

constexpr size_t kBatch = 64;
constexpr int64_t kSettleAfterMs[] = {10, 100, 1'000};
constexpr int kSettlePasses = 3;

int64_t now_ms() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

struct sigaction nobody() {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_handler = SIG_IGN;
  return action;
}

// Runs the process's own handler as the kernel would have, on this thread instead of any other.
void call(const struct sigaction& action, siginfo_t info) {
  if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) return;
  if ((action.sa_flags & SA_RESETHAND) != 0) return;  // Node's last rites: it would end the process
  if ((action.sa_flags & SA_SIGINFO) == 0) {
    action.sa_handler(info.si_signo);
    return;
  }
  ucontext_t context;
  std::memset(&context, 0, sizeof context);
  sigfillset(&context.uc_sigmask);
  action.sa_sigaction(info.si_signo, &info, &context);
}

}  // namespace

void SignalHub::read_forever() {
  pthread_setname_np(pthread_self(), "pike-signals");
  set_reader_thread(current_thread());
  pollfd sources[] = {{pipe_[0], POLLIN, 0}, {signal_fd_, POLLIN, 0}};
  for (;;) {
    poll(sources, 2, settle());
    do {
      while (read_overflow()) continue;
    } while (read_pending());
  }
}

// Makes a later pass when one is due. Gives the milliseconds until the next, −1 for none.
int SignalHub::settle() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (settle_pass_ < 0) return -1;
  const int64_t now = now_ms();
  if (now < settle_at_ms_) return static_cast<int>(settle_at_ms_ - now);
  const auto found = convergence_.settle(waited_);
  const bool last = settle_pass_ + 1 >= kSettlePasses;
  if (found == SignalConvergence::Settled::yes ||
      (last && found == SignalConvergence::Settled::doubtful)) {
    settle_pass_ = -1;
    return -1;
  }
  if (!last) settle_pass_++;
  settle_at_ms_ = now + kSettleAfterMs[settle_pass_];
  return static_cast<int>(kSettleAfterMs[settle_pass_]);
}

// Under the mutex, by whoever has opened a wait.
void SignalHub::settle_soon() {
  settle_pass_ = 0;
  settle_at_ms_ = now_ms() + kSettleAfterMs[0];
  siginfo_t wake_up;  // signal 0, which is none
  std::memset(&wake_up, 0, sizeof wake_up);
  [[maybe_unused]] const ssize_t written =
      write(pipe_[1], &wake_up, sizeof wake_up);  // a full pipe wakes too
}

bool SignalHub::read_overflow() {
  siginfo_t infos[kBatch / 2];  // 4,096 bytes: each was written whole
  const ssize_t size = read(pipe_[0], infos, sizeof infos);
  if (size <= 0) return false;
  size_t count = 0;
  for (size_t i = 0; i < static_cast<size_t>(size) / sizeof infos[0]; i++) {
    if (infos[i].si_signo != 0) infos[count++] = infos[i];
  }
  deliver(infos, count);
  return true;
}

bool SignalHub::read_pending() {
  signalfd_siginfo batch[kBatch];
  const ssize_t size = read(signal_fd_, batch, room() * sizeof batch[0]);
  if (size <= 0) return false;
  const size_t count = static_cast<size_t>(size) / sizeof batch[0];
  siginfo_t infos[kBatch];
  for (size_t i = 0; i < count; i++) infos[i] = signal_info_of(batch[i]);
  deliver(infos, count);
  return true;
}

// How many may be read at once. A full queue holds up its real-time signals: they stay in the
// kernel.
size_t SignalHub::room() {
  std::lock_guard<std::mutex> lock(mutex_);
  size_t least = kBatch;
  for (SignalQueue* queue : queues_) {
    const size_t left = queue->room();
    if (left > 0 && left < least) least = left;
  }
  listen_to_waited();
  return least;
}

void SignalHub::deliver(const siginfo_t* infos, size_t count) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < count; i++) {
      const SignalRecord record = signal_record_of(infos[i]);
      for (SignalQueue* queue : queues_) {
        if ((queue->bits() & signal_bit(record.number)) != 0) queue->push(record);
      }
    }
  }
  for (size_t i = 0; i < count; i++) call(other_disposition(infos[i].si_signo), infos[i]);
}

// The handler that would have run without us: found when we opened, or installed since.
struct sigaction SignalHub::other_disposition(int number) {
  std::lock_guard<std::mutex> lock(mutex_);
  struct sigaction now;
  change_disposition(number, nullptr, &now);
  if (unblocked_) return nobody();  // our handler has called it
  if (is_pike_disposition(now)) return found_[number];
  const bool handled = now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN;
  if (handled || (waited_ & signal_bit(number)) == 0) return now;
  // libuv leaves the default behind when its last listener goes. A thread that doesn't block the
  // signal yet would end the process: put ours back, unless a handler came in between.
  const struct sigaction ours = pike_disposition();
  change_disposition(number, &ours, &now);
  if (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN) {
    change_disposition(number, &now, nullptr);
    return now;
  }
  if (!is_pike_disposition(now)) found_[number] = now;
  return now;
}

}  // namespace pike
