// What runs inside a signal handler, and the few calls that make one run: async-signal-safe code
// only.
//
// A thread's mask can only be changed from that thread. So another thread is *nudged*: it is sent
// the very signal that it ought to block, marked as ours, and the handler leaves the signal blocked
// when it returns. What the handler catches that isn't ours goes to the overflow pipe, whole, and
// is never sent anew: rt_sigqueueinfo(2) refuses that for a plain kill. See
// docs/decisions/0005-signals.md.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>

// Marks what runs inside a handler. ThreadSanitizer's sigaction puts a handler off until it suits,
// keeps one of many queued signals, and throws away what was done to the mask: it is passed by, and
// handlers stay plain.
#ifdef __SANITIZE_THREAD__
#define PIKE_IN_HANDLER __attribute__((no_sanitize_thread))
#else
#define PIKE_IN_HANDLER
#endif

namespace pike {

// sigaction(2) itself.
int change_disposition(int number, const struct sigaction* action, struct sigaction* found);

// A disposition with this handler, which runs with every signal blocked.
struct sigaction disposition_of(void (*handler)(int, siginfo_t*, void*));

// The disposition that pike installs, and whether another is that one.
struct sigaction pike_disposition();
bool is_pike_disposition(const struct sigaction& action);

// Tells the handler where the overflow pipe is, which signals are waited for, and which thread is
// the reader (a chained call of our handler on it is not a delivery). Atomic; the pipe stays open
// as long as the process.
void set_overflow_pipe(int write_end);
void set_waited_signals(uint64_t bits);
void set_reader_thread(pid_t thread);

// From now on the handler leaves masks alone, and catches every signal. Atomic.
void catch_without_blocking();
bool catches_without_blocking();
// The handler that ours calls then; null for none. Under the hub's mutex.
void set_other_handler(int number, const struct sigaction* other);

// Sends `number` to one thread, marked as pike's own. 0 or an errno: ESRCH (it ended), EAGAIN.
int nudge(pid_t thread, int number);

// Whether a signal is a nudge, and the way to the overflow pipe for one that isn't.
// Async-signal-safe.
bool is_nudge(const siginfo_t* info);
void pass_on(const siginfo_t* info);

// The signals that pike, and nobody else, blocked in the main thread. `forget` gives those of a set
// that were noted; it is async-signal-safe.
void note_blocked_in_main(uint64_t bits);
uint64_t blocked_in_main();
uint64_t forget_blocked_in_main(uint64_t bits);

}  // namespace pike
