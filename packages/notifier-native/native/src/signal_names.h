// Names of signals, and which ones nobody can wait for. Pure functions, any thread.
#pragma once

#include <string>

namespace pike {

// "SIGINT", "SIGRTMIN+3", "SIGRTMAX-1" → the number on this system; 0 for a name it doesn't have.
int signal_number(const char* name);

// The inverse; real-time signals are told from SIGRTMIN on. Empty for a number that is no signal.
std::string signal_name(int number);

// KILL and STOP cannot be caught, SEGV, BUS, FPE and ILL are faults of the thread itself, PROF is
// V8's profiler, and those from 32 to SIGRTMIN are the C library's own. Also true for what is no
// signal.
bool signal_refused(int number);

}  // namespace pike
