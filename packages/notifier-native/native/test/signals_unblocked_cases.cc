// Signals that no thread blocks, as in Bun and Deno: handlers catch them wherever they arrive.
//
// Each case runs in a process of its own (signals_test.cc).
#include <atomic>
#include <thread>
#include <vector>

#include "../src/signal_handler_linux.h"
#include "signals_cases.h"
#include "signals_stage.h"

using pike::signal_bit;
using namespace stage;

namespace {

std::atomic<int> handled{0};
std::atomic<int> chained{0};
struct sigaction saved;

PIKE_IN_HANDLER void count_bare(int) { handled++; }

// As Deno's: it calls what it found.
PIKE_IN_HANDLER void call_saved(int number, siginfo_t* info, void* context) {
  chained++;
  saved.sa_sigaction(number, info, context);
}

void install(int number, void (*handler)(int, siginfo_t*, void*), void (*bare)(int)) {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  if (bare != nullptr) {
    action.sa_handler = bare;
  } else {
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
  }
  CHECK(pike::change_disposition(number, &action, &saved) == 0);
}

}  // namespace

void unblocked_no_thread_blocks_anything_and_close_restores() {
  pike::leave_signals_unblocked();
  const struct sigaction before = disposition_of(SIGTERM);
  std::vector<pike::ThreadMasks> threads;
  CHECK(pike::list_threads(&threads) == 0);
  {
    auto wait = open_wait(signal_bit(SIGTERM) | signal_bit(SIGRTMIN + 1));
    CHECK(!blocked_here(SIGTERM) && !blocked_here(SIGRTMIN + 1));
    CHECK(read_by_signalfd() == 0);
    const pid_t sender = spawn_sender(SIGTERM, 1, true);
    const pike::SignalRecord record = next(*wait);
    CHECK(record.number == SIGTERM && record.pid == sender && record.uid == getuid());
    CHECK(!blocked_here(SIGTERM));  // after one was caught, too
    await_exit(sender);
  }
  CHECK(same(disposition_of(SIGTERM), before));
}

// More than the pipe holds: a handler waits for the reader, which never waits for it.
void unblocked_a_flood_arrives_whole_at_every_wait() {
  constexpr int kCount = 50'000;
  pike::leave_signals_unblocked();
  std::atomic<bool> done{false};
  std::thread churn([&] {
    while (!done) std::thread([] { sleep_us(500); }).join();
  });
  std::vector<std::thread> readers;
  std::atomic<int> open{0};
  for (int i = 0; i < 2; i++) {
    readers.emplace_back([&] {
      auto wait = open_wait(signal_bit(SIGRTMIN + 3));
      open++;
      std::vector<bool> seen(kCount);
      for (int count = 0; count < kCount; count++) {
        const int value = next(*wait).value;
        CHECK(value >= 0 && value < kCount && !seen[value]);
        seen[value] = true;
      }
      open--;
    });
  }
  while (open < 2) sleep_us(100);
  auto third = open_wait(signal_bit(SIGRTMIN + 3));  // restores nothing while the flood goes on
  await_exit(spawn_sender(SIGRTMIN + 3, kCount, false));
  for (auto& thread : readers) thread.join();
  done = true;
  churn.join();
}

void unblocked_another_handler_is_called_only_while_somebody_listens() {
  pike::leave_signals_unblocked();
  install(SIGUSR2, nullptr, count_bare);
  auto wait = open_wait(signal_bit(SIGUSR2));
  const auto receive = [&] {
    await_exit(spawn_sender(SIGUSR2, 1, true));
    CHECK(next(*wait).number == SIGUSR2);
  };
  receive();
  CHECK(handled == 0);  // nobody listens: the runtime's own might end the process
  pike::look_at_dispositions(signal_bit(SIGUSR2));
  for (int i = 1; i <= 5; i++) {
    receive();
    CHECK(handled == i);  // where ours caught it, before anybody hears of it
  }
  pike::look_at_dispositions(0);
  receive();
  CHECK(handled == 5);
}

void unblocked_a_handler_that_calls_ours_makes_no_second_signal() {
  pike::leave_signals_unblocked();
  auto wait = open_wait(signal_bit(SIGUSR2));
  install(SIGUSR2, call_saved, nullptr);  // over ours, which it has saved
  pike::look_at_dispositions(signal_bit(SIGUSR2));
  for (int i = 1; i <= 5; i++) {
    await_exit(spawn_sender(SIGUSR2, 1, true));
    CHECK(next(*wait).number == SIGUSR2);
    pike::SignalRecord record;
    CHECK(!wait->take(&record));
    CHECK(chained == i);
  }
  wait.reset();
  CHECK(disposition_of(SIGUSR2).sa_sigaction == call_saved);
}
