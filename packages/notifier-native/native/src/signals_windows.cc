// SignalWait on Windows: SetConsoleCtrlHandler, and every wait in the process behind one mutex.
//
// The system ends the process when the handler of a closing console, of a log-off or of a shut-down
// returns, and after some seconds in any case. So the handler stays until nobody waits for that
// signal any more: closing the Signal, or exiting, says that the program has cleaned up. The
// handler stays installed for good: Windows may hold its list while a handler runs, so that taking
// it out could wait for the very handler that waits for us; when nobody waits, it passes all on.
#include <condition_variable>
#include <mutex>
#include <vector>

#include "console_windows.h"
#include "errors.h"
#include "layout.h"
#include "signal_queue_windows.h"
#include "winsock_windows.h"

namespace pike {

namespace {

struct Hub {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<SignalQueue*> queues;
  uint64_t others = 0;  // signals that the program listens to by process.on
  bool installed = false;
};

// Never destroyed: the handler may run while the process exits.
Hub& hub() {
  static Hub* const the = new Hub();
  return *the;
}

// The signals that a control event is; Ctrl-Break has two names.
uint64_t bits_of(DWORD event) {
  switch (event) {
    case CTRL_C_EVENT:
      return signal_bit(kInterrupt);
    case CTRL_BREAK_EVENT:
      return signal_bit(kBreak) | signal_bit(kQuit);
    case CTRL_CLOSE_EVENT:
      return signal_bit(kHangUp);
    case CTRL_LOGOFF_EVENT:
      return signal_bit(kLogOff);
    case CTRL_SHUTDOWN_EVENT:
      return signal_bit(kTerminate);
    default:
      return 0;
  }
}

int number_for(DWORD event, uint64_t asked) {
  const uint64_t bits = bits_of(event) & asked;
  for (int number = 64; number > 0; number--) {
    if ((bits & signal_bit(number)) != 0) return number;
  }
  return 0;
}

bool anybody_waits(const Hub& all, uint64_t bits) {
  for (const SignalQueue* queue : all.queues) {
    if ((queue->bits() & bits) != 0) return true;
  }
  return false;
}

BOOL WINAPI on_console(DWORD event) {
  Hub& all = hub();
  const uint64_t bits = bits_of(event);
  std::unique_lock<std::mutex> lock(all.mutex);
  if (!anybody_waits(all, bits)) return FALSE;
  for (SignalQueue* queue : all.queues) {
    const int number = number_for(event, queue->bits());
    if (number != 0) queue->push({number, static_cast<int>(event), 0, 0, 0, true});
  }
  // Others are told too, if there are any: the first handler that says TRUE ends the round.
  if ((all.others & bits) != 0) return FALSE;
  if (event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT) return TRUE;
  all.changed.wait(lock, [&] { return !anybody_waits(all, bits); });
  return TRUE;
}

}  // namespace

int SignalWait::open(uint64_t signal_bits, std::unique_ptr<SignalWait>* out) {
  constexpr int kWrong = ERROR_INVALID_PARAMETER;
  if (signal_bits == 0) return kWrong;
  for (int number = 1; number <= 64; number++) {
    if ((signal_bits & signal_bit(number)) != 0 && signal_refused(number)) return kWrong;
  }
  auto wait = std::make_unique<ConsoleWait>(signal_bits);
  Hub& all = hub();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (!all.installed && SetConsoleCtrlHandler(on_console, TRUE) == 0) {
    return static_cast<int>(GetLastError());
  }
  all.installed = true;
  all.queues.push_back(&wait->queue);
  *out = std::move(wait);
  return 0;
}

ConsoleWait::~ConsoleWait() {
  Hub& all = hub();
  {
    std::lock_guard<std::mutex> lock(all.mutex);
    for (size_t i = 0; i < all.queues.size(); i++) {
      if (all.queues[i] != &queue) continue;
      all.queues.erase(all.queues.begin() + static_cast<ptrdiff_t>(i));
      break;
    }
  }
  all.changed.notify_all();
}

// No signal is ever blocked here.
void leave_signals_unblocked() {}

void look_at_dispositions(uint64_t listened) {
  Hub& all = hub();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.others = listened;
}

bool serves_realtime_signals() { return false; }

}  // namespace pike
