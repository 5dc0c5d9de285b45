// Conversions between the shapes of one delivered signal. Pure functions, any thread.
#include "signal_record_linux.h"

#include <cstring>

namespace pike {
namespace {

bool is_child_report(int number, int code) {
  return number == SIGCHLD && code > 0 && code != SI_KERNEL;
}

// SIGIO with POLL_IN … POLL_HUP carries a descriptor where others carry the sender.
bool is_descriptor_report(int number, int code) {
  return number == SIGIO && code > 0 && code <= POLL_HUP;
}

}  // namespace

siginfo_t signal_info_of(const signalfd_siginfo& read) {
  siginfo_t info;
  std::memset(&info, 0, sizeof info);
  info.si_signo = static_cast<int>(read.ssi_signo);
  info.si_errno = read.ssi_errno;
  info.si_code = read.ssi_code;
  if (is_descriptor_report(info.si_signo, info.si_code)) {
    info.si_band = static_cast<long>(read.ssi_band);
    info.si_fd = read.ssi_fd;
  } else if (info.si_code == SI_TIMER) {
    info.si_timerid = static_cast<int>(read.ssi_tid);
    info.si_overrun = static_cast<int>(read.ssi_overrun);
    info.si_ptr = reinterpret_cast<void*>(read.ssi_ptr);
  } else {
    info.si_pid = static_cast<pid_t>(read.ssi_pid);
    info.si_uid = read.ssi_uid;
    if (is_child_report(info.si_signo, info.si_code)) {
      info.si_status = read.ssi_status;
      info.si_utime = static_cast<clock_t>(read.ssi_utime);
      info.si_stime = static_cast<clock_t>(read.ssi_stime);
    } else {
      info.si_ptr = reinterpret_cast<void*>(read.ssi_ptr);
    }
  }
  return info;
}

SignalRecord signal_record_of(const siginfo_t& info) {
  SignalRecord record{info.si_signo, info.si_code, 0, 0, 0, true};
  switch (info.si_code) {
    case SI_TIMER:
      record.value = info.si_value.sival_int;
      return record;
    case SI_QUEUE:
    case SI_MESGQ:
    case SI_ASYNCIO:
      record.value = info.si_value.sival_int;
      break;
    default:
      if (is_descriptor_report(info.si_signo, info.si_code)) return record;
  }
  record.pid = info.si_pid;
  record.uid = info.si_uid;
  return record;
}

}  // namespace pike
