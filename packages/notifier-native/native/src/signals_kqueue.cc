// Waits for signals over EVFILT_SIGNAL; see signals_kqueue.h, kqueue(2), sigaction(2).
//
// The filter has lower precedence than dispositions: a signal at its default would end the process
// before anybody is told. Such a one gets a handler that does nothing; not SIG_IGN, which a child
// would inherit, and with which SIGCHLD is not counted. A handler of the program's own stays and
// runs, unless it is to run once only (Node's last rites), which would end the process too.
#include "signals_kqueue.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>

#include "timers.h"

namespace pike {

namespace {

constexpr uint64_t kLookEveryMs = 100;

void on_signal(int) {}

// One of the three process-wide states, behind one mutex. Never destroyed.
struct Dispositions {
  std::mutex mutex;
  uint32_t waiters[kSignalEnd] = {};
  struct sigaction found[kSignalEnd] = {};
  uint64_t waited = 0;
  uint64_t looked_ms = 0;
};

Dispositions& dispositions() {
  static Dispositions* const the = new Dispositions();
  return *the;
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == on_signal;
}

// Whether a disposition would end the process or hide the signal from the filter.
bool is_in_the_way(int number, const struct sigaction& action) {
  if (is_ours(action)) return false;
  if ((action.sa_flags & SA_RESETHAND) != 0) return true;
  if ((action.sa_flags & SA_SIGINFO) != 0) return false;
  return action.sa_handler == SIG_DFL || (number == SIGCHLD && action.sa_handler == SIG_IGN);
}

struct sigaction disposition_over(int number, const struct sigaction& found) {
  struct sigaction ours;
  std::memset(&ours, 0, sizeof ours);
  ours.sa_handler = on_signal;
  ours.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&ours.sa_mask);
  // A program that ignores SIGCHLD has its children reaped by the system: that stays.
  const bool ignored = (found.sa_flags & SA_SIGINFO) == 0 && found.sa_handler == SIG_IGN;
  if (number == SIGCHLD) ours.sa_flags |= found.sa_flags & (SA_NOCLDSTOP | SA_NOCLDWAIT);
  if (number == SIGCHLD && ignored) ours.sa_flags |= SA_NOCLDWAIT;
  return ours;
}

// Under the mutex.
void see_to(Dispositions& all, int number) {
  struct sigaction found;
  if (sigaction(number, nullptr, &found) != 0 || !is_in_the_way(number, found)) return;
  const struct sigaction ours = disposition_over(number, found);
  struct sigaction replaced;
  if (sigaction(number, &ours, &replaced) != 0) return;
  if (is_in_the_way(number, replaced)) all.found[number] = replaced;
  else sigaction(number, &replaced, nullptr);  // a handler came in between
}

void look(Dispositions& all) {
  all.looked_ms = now_ms();
  for (int number = 1; number < kSignalEnd; number++) {
    if ((all.waited & signal_bit(number)) != 0) see_to(all, number);
  }
}

void take_over(Dispositions& all, int number) {
  if (all.waiters[number]++ > 0) return;
  all.waited |= signal_bit(number);
  see_to(all, number);
}

void let_go(Dispositions& all, int number) {
  if (--all.waiters[number] > 0) return;
  all.waited &= ~signal_bit(number);
  struct sigaction now;
  // Whatever somebody else has set since stays.
  if (sigaction(number, nullptr, &now) == 0 && is_ours(now)) {
    sigaction(number, &all.found[number], nullptr);
  }
}

}  // namespace

int SignalWait::open(uint64_t signal_bits, std::unique_ptr<SignalWait>* out) {
  if (signal_bits == 0) return EINVAL;
  for (int number = 1; number < kSignalEnd; number++) {
    if ((signal_bits & signal_bit(number)) != 0 && signal_refused(number)) return EINVAL;
  }
  auto wait = std::make_unique<CountedWait>(signal_bits);
  Dispositions& all = dispositions();
  std::lock_guard<std::mutex> lock(all.mutex);
  for (int number = 1; number < kSignalEnd; number++) {
    if (wait->waits_for(number)) take_over(all, number);
  }
  *out = std::move(wait);
  return 0;
}

CountedWait::~CountedWait() {
  Dispositions& all = dispositions();
  std::lock_guard<std::mutex> lock(all.mutex);
  for (int number = 1; number < kSignalEnd; number++) {
    if (waits_for(number)) let_go(all, number);
  }
}

void CountedWait::add(int number, uint64_t count) {
  if (count == 0) return;
  if (counts_[number] == 0) order_.push_back(number);
  counts_[number] += count;
}

bool CountedWait::take(SignalRecord* out) {
  if (order_.empty()) {
    // Somebody is about to wait: the next signal must not end the process.
    Dispositions& all = dispositions();
    std::lock_guard<std::mutex> lock(all.mutex);
    look(all);
    return false;
  }
  const int number = order_.front();
  *out = SignalRecord{number, 0, 0, 0, 0, false};
  if (--counts_[number] == 0) order_.erase(order_.begin());
  return true;
}

// No signal is ever blocked here.
void leave_signals_unblocked() {}
void look_at_dispositions(uint64_t) {}

bool serves_realtime_signals() { return false; }

void keep_dispositions() {
  Dispositions& all = dispositions();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (now_ms() - all.looked_ms >= kLookEveryMs) look(all);
}

}  // namespace pike
