// The three shapes of one delivered signal on Linux: what signalfd(2) gives, what a handler gets,
// and ours.
#pragma once

#include <sys/signalfd.h>

#include <csignal>

#include "signals.h"

namespace pike {

// What a handler would have got. sigaction(2) says which fields a code has.
siginfo_t signal_info_of(const signalfd_siginfo& read);

SignalRecord signal_record_of(const siginfo_t& info);

}  // namespace pike
