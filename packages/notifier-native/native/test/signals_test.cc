// The process-wide signal machinery against the kernel: plain kills, queued signals from another
// process, a terminal's Ctrl-C, threads that come and go. Without arguments it lists its cases;
// with a name it runs that one, since dispositions are the process's. Linux only. See
// docs/decisions/0005-signals.md.
#include <pty.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "signals_cases.h"
#include "signals_stage.h"

using pike::signal_bit;
using pike::SignalRecord;
using pike::SignalWait;
using namespace stage;

namespace {

std::atomic<int> handled{0};
void count_handled(int) { handled++; }

void install(int number, void (*handler)(int), int flags) {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaddset(&action.sa_mask, SIGWINCH);
  CHECK(sigaction(number, &action, nullptr) == 0);
}

void await_handled(int count) {
  for (int i = 0; i < kPatienceMs && handled < count; i++) sleep_us(1'000);
  CHECK(handled == count);
}

void names_and_numbers_agree() {
  CHECK(pike::signal_number("SIGINT") == SIGINT && pike::signal_name(SIGINT) == "SIGINT");
  CHECK(pike::signal_number("SIGRTMIN+3") == SIGRTMIN + 3 &&
        pike::signal_name(SIGRTMIN + 3) == "SIGRTMIN+3");
  CHECK(pike::signal_number("SIGRTMAX-1") == SIGRTMAX - 1 &&
        pike::signal_number("SIGRTMAX") == SIGRTMAX);
  for (const char* name :
       {"", "SIG", "INT", "sigint", "SIGRTMIN+", "SIGRTMIN-1", "SIGRTMIN+31", "SIGRTMIN+3x",
        "SIGRTMIN+99999999999999999999", "SIGRTMAX+1", "SIGRTMAX-31"}) {
    CHECK(pike::signal_number(name) == 0);
  }
  for (int number = 1; number < NSIG; number++) {
    const std::string name = pike::signal_name(number);
    if (number >= 32 && number < SIGRTMIN) CHECK(name.empty());
    if (!name.empty()) CHECK(pike::signal_number(name.c_str()) == number);
  }
}

void refused_signals_touch_nothing() {
  std::unique_ptr<SignalWait> wait;
  CHECK(SignalWait::open(0, &wait) == EINVAL);
  for (int number : {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPROF, 32, 33}) {
    CHECK(SignalWait::open(signal_bit(SIGUSR2) | signal_bit(number), &wait) == EINVAL);
    CHECK(disposition_of(SIGUSR2).sa_handler == SIG_DFL && !blocked_here(SIGUSR2));
  }
}

void plain_kill_names_its_sender() {
  auto wait = open_wait(signal_bit(SIGTERM));
  CHECK((read_by_signalfd() & signal_bit(SIGTERM)) != 0);
  const pid_t sender = spawn_sender(SIGTERM, 1, true);
  const SignalRecord record = next(*wait);
  CHECK(record.number == SIGTERM && record.code == SI_USER && record.pid == sender);
  CHECK(record.uid == getuid() && record.value == 0);
  await_exit(sender);
}

void every_wait_sees_every_signal_in_every_thread() {
  const uint64_t bits = signal_bit(SIGUSR2) | signal_bit(SIGRTMIN + 1);
  std::vector<std::thread> threads;
  std::atomic<int> opened{0};
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&] {
      auto wait = open_wait(bits);
      opened++;
      for (int value = 0, standard = 0; value < 200 || standard < 1;) {
        const SignalRecord record = next(*wait);  // the kernel lets standard signals go first
        if (record.number == SIGUSR2) {
          standard++;
        } else {
          CHECK(record.value == value++);
        }
      }
    });
  }
  while (opened < 4) sleep_us(100);
  await_exit(spawn_sender(SIGRTMIN + 1, 200, false));
  await_exit(spawn_sender(SIGUSR2, 1, true));
  for (auto& thread : threads) thread.join();
}

void only_the_signals_asked_for_are_touched() {
  open_wait(signal_bit(SIGUSR2)).reset();  // three descriptors and a thread stay, once in a process
  std::vector<struct sigaction> before;
  for (int number = 1; number < NSIG; number++) before.push_back(disposition_of(number));
  const int descriptors = count_descriptors();
  {
    auto wait = open_wait(signal_bit(SIGHUP));
    for (int number = 1; number < NSIG; number++) {
      CHECK(blocked_here(number) == (number == SIGHUP));
      if (number != SIGHUP) CHECK(same(disposition_of(number), before[number - 1]));
    }
  }
  for (int number = 1; number < NSIG; number++) {
    CHECK(!blocked_here(number));
    CHECK(same(disposition_of(number), before[number - 1]));
  }
  CHECK(count_descriptors() == descriptors);
}

// The main thread blocks it through a wait that a worker closes; the worker is gone before the
// second wait ends.
void restores_exactly_and_unblocks_the_main_thread_from_a_worker() {
  install(SIGUSR2, count_handled, SA_NODEFER | SA_NOCLDSTOP);
  const struct sigaction before = disposition_of(SIGUSR2);
  std::unique_ptr<SignalWait> wait;
  std::thread([&] { wait = open_wait(signal_bit(SIGUSR2)); }).join();
  CHECK(blocked_here(SIGUSR2));
  await_exit(spawn_sender(SIGUSR2, 1, true));
  CHECK(next(*wait).number == SIGUSR2);
  await_handled(1);
  std::thread([&] { wait.reset(); }).join();
  CHECK(!blocked_here(SIGUSR2) && same(disposition_of(SIGUSR2), before));
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
    CHECK(disposition_of(number).sa_handler == SIG_DFL);  // what was borrowed is given back
  }
  await_exit(spawn_sender(SIGUSR2, 1, true));
  await_handled(2);
}

void a_mask_of_the_programs_own_stays() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  open_wait(signal_bit(SIGUSR2)).reset();
  CHECK(blocked_here(SIGUSR2));
  std::thread([&] { open_wait(signal_bit(SIGUSR2)).reset(); }).join();
  CHECK(blocked_here(SIGUSR2));
}

void another_handler_sees_each_signal_too() {
  install(SIGUSR2, count_handled, 0);
  auto wait = open_wait(signal_bit(SIGUSR2) | signal_bit(SIGHUP));
  for (int i = 1; i <= 10; i++) {  // found when we opened
    await_exit(spawn_sender(SIGUSR2, 1, true));
    CHECK(next(*wait).number == SIGUSR2);
    await_handled(i);
  }
  std::signal(SIGUSR2, SIG_DFL);  // as libuv does when its last listener goes
  for (int i = 0; i < 3; i++) {
    await_exit(spawn_sender(SIGUSR2, 1, true));
    CHECK(next(*wait).number == SIGUSR2);
  }
  await_exit(spawn_sender(SIGHUP, 1, true));
  CHECK(next(*wait).number == SIGHUP);          // the reader is done with those before
  install(SIGUSR2, count_handled, SA_RESTART);  // installed since
  for (int i = 11; i <= 20; i++) {
    await_exit(spawn_sender(SIGUSR2, 1, true));
    CHECK(next(*wait).number == SIGUSR2);
    await_handled(i);
  }
  const struct sigaction since = disposition_of(SIGUSR2);
  wait.reset();
  CHECK(same(disposition_of(SIGUSR2), since));
}

void a_handler_that_resets_itself_is_never_called() {
  install(SIGUSR2, count_handled, static_cast<int>(SA_RESETHAND));
  const struct sigaction before = disposition_of(SIGUSR2);
  auto wait = open_wait(signal_bit(SIGUSR2));
  for (int i = 0; i < 2; i++) {
    await_exit(spawn_sender(SIGUSR2, 1, true));
    CHECK(next(*wait).number == SIGUSR2);
  }
  CHECK(kill(getpid(), SIGUSR2) == 0);
  wait.reset();  // unread: dropped
  CHECK(handled == 0 && same(disposition_of(SIGUSR2), before));
}

void pending_at_close_does_not_end_the_process() {
  for (int i = 0; i < 200; i++) {
    auto wait = open_wait(signal_bit(SIGUSR2) | signal_bit(SIGRTMIN + 2));
    CHECK(kill(getpid(), SIGUSR2) == 0 && kill(getpid(), SIGRTMIN + 2) == 0);
    if (i % 2 == 0) {
      std::thread([&] { wait.reset(); }).join();
    }
  }
}

void ctrl_c_on_a_terminal() {
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    execl("/proc/self/exe", "signals_test", "terminal", nullptr);
    _exit(9);
  }
  std::string said;
  char piece[256];
  int sent = 0;
  for (ssize_t size; (size = read(terminal, piece, sizeof piece)) > 0;) {
    said.append(piece, static_cast<size_t>(size));
    const std::string ready = "ready " + std::to_string(sent);
    if (said.find(ready) != std::string::npos && sent < 3) {
      sent++;
      CHECK(write(terminal, "\x03", 1) == 1);
    }
  }
  await_exit(child);
  close(terminal);
  CHECK(sent == 3);
}

int wait_on_terminal() {
  auto wait = open_wait(signal_bit(SIGINT));
  for (int i = 0; i < 3; i++) {
    std::printf("ready %d\n", i);
    std::fflush(stdout);
    const SignalRecord record = next(*wait);
    if (record.number != SIGINT || record.code != SI_KERNEL || record.pid != 0) return 1;
  }
  return 0;
}

struct Case {
  const char* name;
  void (*run)();
};
#define CASE(name) \
  { #name, name }
constexpr Case kCases[] = {
    CASE(names_and_numbers_agree),
    CASE(refused_signals_touch_nothing),
    CASE(plain_kill_names_its_sender),
    CASE(every_wait_sees_every_signal_in_every_thread),
    CASE(only_the_signals_asked_for_are_touched),
    CASE(restores_exactly_and_unblocks_the_main_thread_from_a_worker),
    CASE(a_mask_of_the_programs_own_stays),
    CASE(another_handler_sees_each_signal_too),
    CASE(a_handler_that_resets_itself_is_never_called),
    CASE(pending_at_close_does_not_end_the_process),
    CASE(a_flood_of_100000_arrives_whole_and_in_order),
    CASE(opening_and_closing_in_a_flood_loses_nothing),
    CASE(a_full_queue_holds_up_real_time_and_merges_standard_signals),
    CASE(threads_that_appear_while_opening_block_it_too),
    CASE(many_threads_open_and_close_at_once),
    CASE(nothing_of_ours_stays_pending_in_any_thread),
    CASE(ctrl_c_on_a_terminal),
    CASE(unblocked_no_thread_blocks_anything_and_close_restores),
    CASE(unblocked_a_flood_arrives_whole_at_every_wait),
    CASE(unblocked_another_handler_is_called_only_while_somebody_listens),
    CASE(unblocked_a_handler_that_calls_ours_makes_no_second_signal),
};

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) {
    for (const Case& test : kCases) std::puts(test.name);
    return 0;
  }
  if (std::strcmp(arguments[1], "send") == 0) return send_from_here(arguments);
  if (std::strcmp(arguments[1], "terminal") == 0) return wait_on_terminal();
  for (const Case& test : kCases) {
    if (std::strcmp(arguments[1], test.name) != 0) continue;
    test.run();
    return 0;
  }
  std::fprintf(stderr, "no case %s\n", arguments[1]);
  return 2;
}
