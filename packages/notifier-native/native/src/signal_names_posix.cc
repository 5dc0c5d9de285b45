// Names of signals. signal(7) lists them; real-time ones are counted from SIGRTMIN, which is libc's
// to say.
#include "signal_names.h"

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace pike {
namespace {

struct Row {
  int number;
  const char* name;
};

// The first name of a number is the one that is given back.
constexpr Row kRows[] = {
    {SIGHUP, "SIGHUP"},       {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"},   {SIGILL, "SIGILL"},
    {SIGTRAP, "SIGTRAP"},     {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},     {SIGFPE, "SIGFPE"},
    {SIGKILL, "SIGKILL"},     {SIGUSR1, "SIGUSR1"}, {SIGSEGV, "SIGSEGV"},   {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"},     {SIGALRM, "SIGALRM"}, {SIGTERM, "SIGTERM"},   {SIGCHLD, "SIGCHLD"},
    {SIGCONT, "SIGCONT"},     {SIGSTOP, "SIGSTOP"}, {SIGTSTP, "SIGTSTP"},   {SIGTTIN, "SIGTTIN"},
    {SIGTTOU, "SIGTTOU"},     {SIGURG, "SIGURG"},   {SIGXCPU, "SIGXCPU"},   {SIGXFSZ, "SIGXFSZ"},
    {SIGVTALRM, "SIGVTALRM"}, {SIGPROF, "SIGPROF"}, {SIGWINCH, "SIGWINCH"}, {SIGIO, "SIGIO"},
    {SIGSYS, "SIGSYS"},
#ifdef SIGINFO  // macOS and the BSDs
    {SIGINFO, "SIGINFO"},     {SIGEMT, "SIGEMT"},
#endif
#ifdef SIGPWR  // Linux only
    {SIGPWR, "SIGPWR"},       {SIGPOLL, "SIGPOLL"},
#endif
#ifdef SIGSTKFLT  // not on every architecture of Linux
    {SIGSTKFLT, "SIGSTKFLT"},
#endif
    {SIGABRT, "SIGIOT"},
};

// The whole of a small decimal number, or −1.
int offset_of(const char* text) {
  if (text[0] < '0' || text[0] > '9') return -1;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  return *end == '\0' && value <= 64 ? static_cast<int>(value) : -1;
}

#ifdef SIGRTMIN  // macOS has no real-time signals
int realtime_number(const char* name) {
  const bool from_least = std::strncmp(name, "SIGRTMIN", 8) == 0;
  if (!from_least && std::strncmp(name, "SIGRTMAX", 8) != 0) return 0;
  const int base = from_least ? SIGRTMIN : SIGRTMAX;
  const char sign = from_least ? '+' : '-';
  if (name[8] == '\0') return base;
  const int offset = name[8] == sign ? offset_of(name + 9) : -1;
  if (offset < 0 || offset > SIGRTMAX - SIGRTMIN) return 0;
  return from_least ? base + offset : base - offset;
}
#endif

}  // namespace

int signal_number(const char* name) {
  for (const Row& row : kRows) {
    if (std::strcmp(row.name, name) == 0) return row.number;
  }
#ifdef SIGRTMIN
  return realtime_number(name);
#else
  return 0;
#endif
}

std::string signal_name(int number) {
  for (const Row& row : kRows) {
    if (row.number == number) return row.name;
  }
#ifdef SIGRTMIN
  if (number == SIGRTMIN) return "SIGRTMIN";
  if (number > SIGRTMIN && number <= SIGRTMAX)
    return "SIGRTMIN+" + std::to_string(number - SIGRTMIN);
#endif
  return "";
}

bool signal_refused(int number) {
  switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGPROF:
      return true;
    default:
      return signal_name(number).empty();
  }
}

}  // namespace pike
