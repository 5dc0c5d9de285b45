// Having another thread do something about its own signals, on a borrowed one.
//
// What is pending for one thread, and what it blocks, only that thread can change, and a signal
// that it blocks cannot make it. So a real-time signal that is at its default, that nobody waits
// for and that the thread doesn't block, is borrowed for as long as the thread takes to answer,
// some 50 µs. Only closing needs this. All calls are under the hub's mutex.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace pike {

// Takes our own nudges out of what is pending for `thread`, for these signals: it had blocked one
// by itself before the nudge arrived. False if the thread didn't answer within about a second.
bool sweep_nudges(pid_t thread, uint64_t bits);

// Unblocks in the main thread those of `bits` that pike had blocked there. Called from another
// thread. A main thread that doesn't answer within about a second stays as it is.
void release_main_thread(uint64_t bits);

}  // namespace pike
