// kqueue(2) itself: EVFILT_USER, EVFILT_SIGNAL, EVFILT_TIMER.
#include <thread>

#include "kqueue_cases.h"
#include "kqueue_stage.h"

using namespace stage;

namespace {

volatile sig_atomic_t handled = 0;
void count_handled(int) { handled = handled + 1; }

void set_handler(int number, void (*handler)(int)) {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  CHECK(sigaction(number, &action, nullptr) == 0);
}

// A signal of which Linux delivers every one, where the kqueue stands on Linux: of another kind it
// merges those that are pending.
#if defined(__linux__)
const int kCounted = SIGRTMIN + 1;
#else
const int kCounted = SIGUSR1;
#endif

void raise_here(int number) { CHECK(kill(getpid(), number) == 0); }

// Adds up what is told until it is `count`.
void await_count(Queue& queue, int number, int64_t count) {
  int64_t told = 0;
  while (told < count) {
    const struct kevent event = queue.next();
    CHECK(event.filter == EVFILT_SIGNAL && event.ident == static_cast<uintptr_t>(number));
    CHECK(event.data > 0);
    told += event.data;
  }
  CHECK(told == count);
}

}  // namespace

void a_user_event_is_told_when_triggered() {
  Queue queue;
  CHECK(queue.apply(9, EVFILT_USER, EV_ADD, 0, 0, word(3)) == 0);
  CHECK(queue.is_empty());
  CHECK(queue.apply(9, EVFILT_USER, 0, NOTE_TRIGGER, 0, word(4)) == 0);
  for (int i = 0; i < 2; i++) {  // without EV_CLEAR it holds
    const struct kevent event = queue.only();
    CHECK(event.ident == 9 && event.filter == EVFILT_USER && event.udata == word(4));
  }
  CHECK(queue.apply(9, EVFILT_USER, EV_DELETE) == 0);
  CHECK(queue.is_empty());
}

void a_user_event_with_clear_is_told_once() {
  Queue queue;
  CHECK(queue.apply(9, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
  for (int i = 0; i < 3; i++) CHECK(queue.apply(9, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
  CHECK(queue.only().ident == 9);
  CHECK(queue.is_empty());
  CHECK(queue.apply(9, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
  CHECK(queue.only().ident == 9);
}

void a_trigger_wakes_another_thread() {
  Queue queue;
  CHECK(queue.apply(9, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
  std::thread waiter([&queue] { CHECK(queue.next().ident == 9); });
  CHECK(queue.apply(9, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
  waiter.join();
  CHECK(queue.is_empty());
}

void user_flags_are_kept_and_combined() {
  Queue queue;
  CHECK(queue.apply(9, EVFILT_USER, EV_ADD, NOTE_FFCOPY | 0x5) == 0);
  CHECK(queue.apply(9, EVFILT_USER, 0, NOTE_FFOR | 0x2) == 0);
  CHECK(queue.apply(9, EVFILT_USER, 0, NOTE_FFAND | 0x6) == 0);
  CHECK(queue.apply(9, EVFILT_USER, 0, NOTE_FFNOP | NOTE_TRIGGER | 0x1) == 0);
  CHECK((queue.only().fflags & NOTE_FFLAGSMASK) == 0x6);
}

void identities_are_each_filters_own() {
  Queue queue;
  const uintptr_t wide = uintptr_t{7} << 32 | 1;
  CHECK(queue.apply(1, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
  CHECK(queue.apply(wide, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
  CHECK(queue.apply(1, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 3'600'000) == 0);
  CHECK(queue.apply(wide, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
  CHECK(queue.only().ident == wide);
  CHECK(queue.apply(1, EVFILT_USER, EV_DELETE) == 0);
  CHECK(queue.apply(1, EVFILT_TIMER, EV_DELETE) == 0);
}

void signals_are_counted_since_the_last_call() {
  set_handler(kCounted, count_handled);
  Queue queue;
  CHECK(queue.apply(static_cast<uintptr_t>(kCounted), EVFILT_SIGNAL, EV_ADD) == 0);
  CHECK(queue.is_empty());
  for (int i = 0; i < 5; i++) raise_here(kCounted);
  await_count(queue, kCounted, 5);
  CHECK(queue.is_empty());  // EV_CLEAR without being asked for
  raise_here(kCounted);
  await_count(queue, kCounted, 1);
}

void a_handler_runs_as_well() {
  set_handler(SIGUSR1, count_handled);
  Queue queue;
  CHECK(queue.apply(SIGUSR1, EVFILT_SIGNAL, EV_ADD) == 0);
  raise_here(SIGUSR1);
  await_count(queue, SIGUSR1, 1);
  for (int i = 0; i < kPatienceMs && handled == 0; i++) {
    const timespec pause{0, 1'000'000};
    nanosleep(&pause, nullptr);
  }
  CHECK(handled == 1);
}

void an_ignored_signal_is_counted() {
  signal(SIGUSR2, SIG_IGN);
  Queue queue;
  CHECK(queue.apply(SIGUSR2, EVFILT_SIGNAL, EV_ADD) == 0);
  raise_here(SIGUSR2);
  await_count(queue, SIGUSR2, 1);
}

void the_default_disposition_still_ends_the_process() {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    Queue queue;
    CHECK(queue.apply(SIGTERM, EVFILT_SIGNAL, EV_ADD) == 0);
    raise_here(SIGTERM);
    queue.next();
    queue.next();
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

void deleting_ends_the_count() {
  set_handler(SIGUSR1, count_handled);
  Queue queue;
  Queue other;
  CHECK(queue.apply(SIGUSR1, EVFILT_SIGNAL, EV_ADD) == 0);
  CHECK(other.apply(SIGUSR1, EVFILT_SIGNAL, EV_ADD) == 0);
  CHECK(queue.apply(SIGUSR1, EVFILT_SIGNAL, EV_DELETE) == 0);
  CHECK(queue.apply(SIGUSR1, EVFILT_SIGNAL, EV_DELETE) == ENOENT);
  raise_here(SIGUSR1);
  await_count(other, SIGUSR1, 1);
  CHECK(queue.is_empty());
}

void a_timer_once_is_told_once() {
  Queue queue;
  CHECK(queue.apply(1, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 5, word(8)) == 0);
  const struct kevent event = queue.next();
  CHECK(event.ident == 1 && event.filter == EVFILT_TIMER && event.data == 1);
  CHECK(event.udata == word(8));
  CHECK(queue.apply(1, EVFILT_TIMER, EV_DELETE) == ENOENT);
}

void a_timer_counts_its_expirations() {
  Queue queue;
  CHECK(queue.apply(1, EVFILT_TIMER, EV_ADD, 0, 2) == 0);
  const timespec pause{0, 50'000'000};
  nanosleep(&pause, nullptr);
  CHECK(queue.only().data > 1);
  CHECK(queue.next().data >= 1);
  CHECK(queue.apply(1, EVFILT_TIMER, EV_DELETE) == 0);
}

void a_timer_deleted_and_added_starts_anew() {
  Queue queue;
  CHECK(queue.apply(1, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 3'600'000, word(1)) == 0);
  struct kevent changes[] = {
      change(1, EVFILT_TIMER, EV_DELETE | EV_RECEIPT),
      change(1, EVFILT_TIMER, EV_ADD | EV_ONESHOT | EV_RECEIPT, 0, 5, word(2)),
  };
  CHECK(kevent(queue.fd(), changes, 2, changes, 2, nullptr) == 2);
  CHECK(changes[0].data == 0 && changes[1].data == 0);
  CHECK(queue.next().udata == word(2));
}

void a_deleted_timer_is_silent() {
  Queue queue;
  CHECK(queue.apply(1, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 2) == 0);
  const timespec pause{0, 20'000'000};
  nanosleep(&pause, nullptr);
  CHECK(queue.apply(1, EVFILT_TIMER, EV_DELETE) == 0);
  CHECK(queue.is_empty());
}
