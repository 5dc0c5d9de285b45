// Signals among many: floods, full queues, and threads that begin and end meanwhile.
//
// Each case runs in a process of its own (signals_test.cc).
#include <atomic>
#include <thread>
#include <vector>

#include "../src/signal_handler_linux.h"
#include "signals_cases.h"
#include "signals_stage.h"

using pike::signal_bit;
using pike::SignalRecord;
using namespace stage;

namespace {

std::atomic<int> handled{0};
std::atomic<int> value_sum{0};

PIKE_IN_HANDLER void count_queued(int, siginfo_t* info, void*) {
  handled++;
  value_sum += info->si_value.sival_int;
}

}  // namespace

// Threads that do nothing but begin and end, and threads that compute, while the flood goes on.
void a_flood_of_100000_arrives_whole_and_in_order() {
  constexpr int kCount = 100'000;
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  busy.emplace_back([&] {
    while (!done) std::thread([] { sleep_us(500); }).join();
  });
  busy.emplace_back([&] {
    while (!done) sleep_us(1);
  });
  auto wait = open_wait(signal_bit(SIGRTMIN + 3));
  auto late = open_wait(signal_bit(SIGRTMIN + 3));
  const pid_t sender = spawn_sender(SIGRTMIN + 3, kCount, false);
  std::thread other([&] {
    for (int value = 0; value < kCount; value++) {
      if (value % 10'000 == 0)
        sleep_us(20'000);  // a slow reader holds the sender up, and loses nothing
      CHECK(next(*late).value == value);
    }
  });
  for (int value = 0; value < kCount; value++) {
    const SignalRecord record = next(*wait);
    CHECK(record.value == value && record.pid == sender && record.code == SI_QUEUE);
  }
  other.join();
  await_exit(sender);
  done = true;
  for (auto& thread : busy) thread.join();
}

// Whoever owns the handler never learns that a wait was opened and closed 300 times during the
// flood.
void opening_and_closing_in_a_flood_loses_nothing() {
  constexpr int kCount = 20'000;
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_sigaction = count_queued;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  CHECK(pike::change_disposition(SIGRTMIN + 4, &action, nullptr) == 0);
  std::atomic<bool> done{false};
  std::thread churn([&] {
    while (!done) std::thread([] { sleep_us(100); }).join();
  });
  const pid_t sender = spawn_sender(SIGRTMIN + 4, kCount, false);
  int seen = 0;
  for (int i = 0; i < 300 || handled < kCount; i++) {
    auto wait = open_wait(signal_bit(SIGRTMIN + 4));
    SignalRecord record;
    while (wait->take(&record)) seen++;
    if (i % 3 == 0) std::thread([&] { wait.reset(); }).join();
  }
  await_exit(sender);
  for (int i = 0; i < kPatienceMs && handled < kCount; i++) sleep_us(1'000);
  CHECK(handled == kCount);
  CHECK(value_sum == static_cast<int>(int64_t{kCount} * (kCount - 1) / 2));
  CHECK(seen <= kCount);
  done = true;
  churn.join();
}

void a_full_queue_holds_up_real_time_and_merges_standard_signals() {
  constexpr int kOver = static_cast<int>(pike::kSignalRecordsMax) + 500;
  auto wait = open_wait(signal_bit(SIGRTMIN + 5) | signal_bit(SIGUSR2));
  auto other = open_wait(signal_bit(SIGHUP) | signal_bit(SIGUSR2));
  await_exit(spawn_sender(SIGRTMIN + 5, kOver, false));
  while ((read_by_signalfd() & signal_bit(SIGRTMIN + 5)) != 0) sleep_us(1'000);  // held up
  for (int i = 0; i < 3; i++) {
    CHECK(kill(getpid(), SIGUSR2) == 0);
    CHECK(next(*other).number == SIGUSR2);  // others are served meanwhile
  }
  for (int value = 0; value < static_cast<int>(pike::kSignalRecordsMax); value++) {
    CHECK(next(*wait).value == value);
  }
  int standard = 0;
  for (int value = static_cast<int>(pike::kSignalRecordsMax); value < kOver;) {
    const SignalRecord record = next(*wait);
    if (record.number == SIGUSR2) {
      standard++;
    } else {
      CHECK(record.value == value++);
    }
  }
  CHECK(standard == 1);  // three of them while the queue was full
}

void threads_that_appear_while_opening_block_it_too() {
  std::atomic<bool> done{false};
  std::atomic<int> begun{0};
  std::vector<std::thread> makers;
  for (int i = 0; i < 2; i++) {
    makers.emplace_back([&] {
      while (!done) {
        std::vector<std::thread> born;
        for (int k = 0; k < 4; k++) born.emplace_back([&] { begun++, sleep_us(200); });
        for (auto& thread : born) thread.join();
      }
    });
  }
  while (begun < 10) sleep_us(100);
  for (int i = 0; i < 60; i++) {
    auto wait = open_wait(signal_bit(SIGUSR2));
    CHECK(threads_open_to(SIGUSR2) == 0);
    sleep_us(1'000);
    CHECK(threads_open_to(SIGUSR2) == 0);
    CHECK(kill(getpid(), SIGUSR2) == 0);
    CHECK(next(*wait).number == SIGUSR2);
  }
  done = true;
  for (auto& maker : makers) maker.join();
}

void many_threads_open_and_close_at_once() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([i] {
      for (int k = 0; k < 50; k++) {
        auto wait = open_wait(signal_bit(SIGRTMIN + 6 + i) | signal_bit(SIGWINCH));
        sigval value{};
        value.sival_int = k;
        CHECK(sigqueue(getpid(), SIGRTMIN + 6 + i, value) == 0);
        SignalRecord record;
        do record = next(*wait);
        while (record.number == SIGWINCH);
        CHECK(record.value == k);
      }
    });
  }
  for (int i = 0; i < 200; i++) {
    CHECK(kill(getpid(), SIGWINCH) == 0);
    sleep_us(500);
  }
  for (auto& thread : threads) thread.join();
  CHECK(!blocked_here(SIGWINCH) && !blocked_here(SIGRTMIN + 6));
}

// A signal in the middle of its handler and a nudge that is already on its way cross now and then.
void nothing_of_ours_stays_pending_in_any_thread() {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  CHECK(sigaction(SIGUSR2, &action, nullptr) == 0);
  std::atomic<bool> done{false};
  std::thread sender([&] {
    while (!done) CHECK(kill(getpid(), SIGUSR2) == 0);
  });
  for (int i = 0; i < 100; i++) {
    std::atomic<bool> over{false};
    std::vector<std::thread> fresh;
    for (int k = 0; k < 4; k++) {
      fresh.emplace_back([&] {
        while (!over) sleep_us(200);
      });
    }
    open_wait(signal_bit(SIGUSR2)).reset();
    CHECK(threads_with_pending(SIGUSR2) == 0);
    over = true;
    for (auto& thread : fresh) thread.join();
  }
  done = true;
  sender.join();
}
