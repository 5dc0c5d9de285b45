// The signal handlers, and the atomics they share with the rest. Owns nothing; the pipe belongs to
// the hub.
#include "signal_handler_linux.h"

#include <poll.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#ifdef __SANITIZE_THREAD__
extern "C" int __sigaction(int, const struct sigaction*, struct sigaction*);
#endif

namespace pike {
namespace {

std::atomic<int> overflow_pipe{-1};
std::atomic<uint64_t> waited_signals{0};
std::atomic<pid_t> reader_thread{0};
std::atomic<uint64_t> main_blocked{0};
std::atomic<int> without_blocking{0};
static_assert(std::atomic<uint64_t>::is_always_lock_free, "handlers may not take a lock");
// All are whole numbers: those of libstdc++ are inlined always, so that a handler stays free of
// what a sanitizer would call in a thread that it doesn't know yet.

// With no signal blocked the other handlers run where ours caught the signal: a runtime may count
// on its own thread being interrupted.
constexpr int kHandlers = 65;
std::atomic<uint64_t> other_handlers[kHandlers] = {};
constexpr uint64_t kTakesInfo = uint64_t{1} << 63;  // SA_SIGINFO, beside the address
constexpr int kChained = 0x70696b65;  // in si_errno, which Linux leaves unused

char nudge_mark;  // its address is in what we send ourselves

// Somebody (Bun) put the handler back without SA_SIGINFO: the number is all there is.
PIKE_IN_HANDLER void pass_on_bare(int number) {
  siginfo_t info{};
  info.si_signo = number;
  pass_on(&info);
}

// One that has saved our handler, and calls it, is told by the mark.
PIKE_IN_HANDLER void call_other(int number, siginfo_t* info, void* context) {
  const uint64_t word = other_handlers[number].load();
  if (word == 0) return;
  const auto other = static_cast<uintptr_t>(word & ~kTakesInfo);
  if ((word & kTakesInfo) == 0) {
    reinterpret_cast<void (*)(int)>(other)(number);
    return;
  }
  info->si_errno = kChained;
  reinterpret_cast<void (*)(int, siginfo_t*, void*)>(other)(number, info, context);
  info->si_errno = 0;
}

// Any thread, at any instant. Async-signal-safe: sigismember, sigaddset, plain system calls and
// atomics.
PIKE_IN_HANDLER void on_signal(int number, siginfo_t* info, void* context) {
  const int kept_errno = errno;
  const pid_t thread = static_cast<pid_t>(syscall(SYS_gettid));
  if (without_blocking.load() != 0) {
    if (info->si_errno == kChained) return;
    if (info->si_signo == number) pass_on(info);
    else pass_on_bare(number);
    call_other(number, info, context);
  } else if (thread != reader_thread.load(std::memory_order_relaxed)) {
    auto* frame = static_cast<ucontext_t*>(context);
    const uint64_t bit = uint64_t{1} << (number - 1);
    const bool waited = (waited_signals.load() & bit) != 0;
    if (waited && frame != nullptr && sigismember(&frame->uc_sigmask, number) == 0) {
      sigaddset(&frame->uc_sigmask, number);
      if (thread == getpid()) main_blocked.fetch_or(bit);
    }
    pass_on(info);
  }
  errno = kept_errno;
}

}  // namespace

int change_disposition(int number, const struct sigaction* action, struct sigaction* found) {
#ifdef __SANITIZE_THREAD__
  return __sigaction(number, action, found);
#else
  return sigaction(number, action, found);
#endif
}

struct sigaction disposition_of(void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  return action;
}

struct sigaction pike_disposition() {
  return disposition_of(on_signal);
}

bool is_pike_disposition(const struct sigaction& action) {
  return action.sa_sigaction == on_signal;
}

void set_overflow_pipe(int write_end) { overflow_pipe.store(write_end); }

void set_waited_signals(uint64_t bits) { waited_signals.store(bits); }

void set_reader_thread(pid_t thread) { reader_thread.store(thread); }

void catch_without_blocking() { without_blocking.store(1); }

void set_other_handler(int number, const struct sigaction* other) {
  uint64_t word = 0;
  if (other != nullptr && other->sa_handler != SIG_DFL && other->sa_handler != SIG_IGN &&
      (other->sa_flags & SA_RESETHAND) == 0) {
    word = reinterpret_cast<uintptr_t>(other->sa_sigaction);
    if ((other->sa_flags & SA_SIGINFO) != 0) word |= kTakesInfo;
  }
  other_handlers[number].store(word);
}

bool catches_without_blocking() { return without_blocking.load(std::memory_order_relaxed) != 0; }

int nudge(pid_t thread, int number) {
  siginfo_t info;
  std::memset(&info, 0, sizeof info);
  info.si_signo = number;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_ptr = &nudge_mark;
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, number, &info) == 0 ? 0 : errno;
}

PIKE_IN_HANDLER bool is_nudge(const siginfo_t* info) {
  return info->si_code == SI_QUEUE && info->si_ptr == &nudge_mark;
}

PIKE_IN_HANDLER void pass_on(const siginfo_t* info) {
  if (is_nudge(info)) return;
  pollfd pipe{overflow_pipe.load(), POLLOUT, 0};
  // Waits while the pipe is full; the reader empties it without ever waiting for this thread.
  while (syscall(SYS_write, pipe.fd, info, sizeof *info) < 0) {
    if (errno == EAGAIN) syscall(SYS_ppoll, &pipe, 1, nullptr, nullptr, 0);
  }
}

void note_blocked_in_main(uint64_t bits) { main_blocked.fetch_or(bits); }

uint64_t blocked_in_main() { return main_blocked.load(); }

PIKE_IN_HANDLER uint64_t forget_blocked_in_main(uint64_t bits) {
  return main_blocked.fetch_and(~bits) & bits;
}

}  // namespace pike
