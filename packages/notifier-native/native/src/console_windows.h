// What a console tells its programs, as signals: Ctrl-C, Ctrl-Break, the window's closing, the
// user's logging off, and the system's shutting down are five things, each with a name of its own.
// See HandlerRoutine in Microsoft's reference.
#pragma once

namespace pike {

// Signals' numbers on Windows.
enum ConsoleSignal : int {
  kHangUp = 1,      // SIGHUP: the console's window closes
  kInterrupt = 2,   // SIGINT: Ctrl-C
  kQuit = 3,        // SIGQUIT: Ctrl-Break, for who waits for it by that name
  kTerminate = 15,  // SIGTERM: the system shuts down
  kBreak = 21,      // SIGBREAK: Ctrl-Break
  kLogOff = 40,     // SIGLOGOFF: the user logs off
};

}  // namespace pike
