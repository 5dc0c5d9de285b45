// Names of what a console is told on Windows. The numbers are those of the C library and of Node,
// where these have one.
#include <cstring>

#include "console_windows.h"
#include "signal_names.h"

namespace pike {

namespace {

struct Row {
  int number;
  const char* name;
};

constexpr Row kRows[] = {
    {kHangUp, "SIGHUP"}, {kInterrupt, "SIGINT"}, {kQuit, "SIGQUIT"},
    {kTerminate, "SIGTERM"}, {kBreak, "SIGBREAK"}, {kLogOff, "SIGLOGOFF"},
};

}  // namespace

int signal_number(const char* name) {
  for (const Row& row : kRows) {
    if (std::strcmp(row.name, name) == 0) return row.number;
  }
  return 0;
}

std::string signal_name(int number) {
  for (const Row& row : kRows) {
    if (row.number == number) return row.name;
  }
  return "";
}

bool signal_refused(int number) { return signal_name(number).empty(); }

}  // namespace pike
