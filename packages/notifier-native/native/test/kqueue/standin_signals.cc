// Counting signals; see standin_signals.h. The hub's queues are implemented here once more, as
// counters, in place of signal_queue_linux.cc.
#include "standin_signals.h"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "../../src/signal_handler_linux.h"
#include "../../src/signal_hub_linux.h"
#include "../../src/signal_queue.h"
#include "standin_queue.h"

namespace standin {

namespace {

// What the default of the others is, as on BSD: nothing.
bool is_harmless(int number) {
  return number == SIGCHLD || number == SIGURG || number == SIGWINCH || number == SIGIO ||
         number == SIGCONT;
}

constexpr int kSignalMax = 64;

// Whether the disposition was the default when the knote was added.
bool was_default[kSignalMax + 1];

[[noreturn]] void die_by(int number) {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(number, &action, nullptr);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  _exit(128 + number);
}

}  // namespace

// A real kernel looks at the disposition when the signal is delivered.
void deliver(int number) {
  struct sigaction now;
  sigaction(number, nullptr, &now);
  const bool ends = pike::is_pike_disposition(now)
                        ? was_default[number]
                        : (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL;
  if (ends && !is_harmless(number)) die_by(number);
}

int count_signal(uint64_t number, std::unique_ptr<SignalCount>* out) {
  if (number < 1 || number > kSignalMax || number == SIGKILL || number == SIGSTOP) return EINVAL;
  *out = std::make_unique<SignalCount>(static_cast<int>(number));
  return (*out)->open();
}

SignalCount::SignalCount(int number) : number_(number) {}

SignalCount::~SignalCount() {
  if (joined_) pike::SignalHub::instance().leave(queue_.get());
}

int SignalCount::open() {
  struct sigaction now;
  if (sigaction(number_, nullptr, &now) != 0) return errno;
  if (!pike::is_pike_disposition(now)) {
    was_default[number_] = (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL;
  }
  queue_ = std::make_unique<pike::SignalQueue>(uint64_t{1} << (number_ - 1));
  if (const int error = queue_->open(); error != 0) return error;
  const int error = pike::SignalHub::instance().join(queue_.get());
  joined_ = error == 0;
  return error;
}

int SignalCount::fd() const { return queue_->fd(); }

uint64_t SignalCount::take() {
  uint64_t count = 0;
  return read(queue_->fd(), &count, sizeof count) == sizeof count ? count : 0;
}

}  // namespace standin

namespace pike {

SignalQueue::~SignalQueue() {
  if (fd_ >= 0) standin::close_quietly(fd_);
}

int SignalQueue::open() {
  fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return fd_ < 0 ? errno : 0;
}

void SignalQueue::push(const SignalRecord& record) {
  standin::deliver(record.number);
  const uint64_t one = 1;
  const ssize_t written = write(fd_, &one, sizeof one);
  static_cast<void>(written);
}

uint32_t SignalQueue::room() { return kSignalRecordsMax; }

bool SignalQueue::held_up() { return false; }

}  // namespace pike
