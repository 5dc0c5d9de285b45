// kqueue(2) itself: registering, modifying, receipts, errors, and how kevent(2) returns.
#include <ctime>

#include "kqueue_cases.h"
#include "kqueue_stage.h"

using namespace stage;

void a_filter_is_run_when_it_is_added() {
  Pair pair;
  open_pipe(&pair);
  send_text(pair.far, "abc");
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, word(7)) == 0);
  const struct kevent event = queue.only();
  CHECK(event.ident == ident(pair.near) && event.filter == EVFILT_READ && event.data == 3);
  CHECK(event.udata == word(7) && (event.flags & (EV_ERROR | EV_EOF)) == 0 && event.fflags == 0);
}

void adding_again_modifies_and_makes_no_second() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, word(1)) == 0);
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, word(2)) == 0);
  send_text(pair.far, "a");
  CHECK(queue.only().udata == word(2));
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_DELETE) == 0);
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_DELETE) == ENOENT);
}

void the_last_user_data_given_is_what_comes_back() {
  Pair pair;
  open_pipe(&pair);
  send_text(pair.far, "a");
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD, 0, 0, word(1)) == 0);
  CHECK(queue.only().udata == word(1));
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ENABLE, 0, 0, word(2)) == 0);
  CHECK(queue.only().udata == word(2));
}

void what_no_longer_holds_is_not_told() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  send_text(pair.far, "a");
  CHECK(drain(pair.near) == 1);
  CHECK(queue.is_empty());
}

void several_changes_are_one_event() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  for (int i = 0; i < 3; i++) send_text(pair.far, "ab");
  CHECK(queue.only().data == 6);
}

void without_clear_it_is_told_as_long_as_it_holds() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD) == 0);
  CHECK(queue.is_empty());
  send_text(pair.far, "abc");
  for (int i = 0; i < 3; i++) CHECK(queue.only().data == 3);
  CHECK(drain(pair.near) == 3);
  CHECK(queue.is_empty());
}

void with_clear_it_is_told_once_until_more_comes() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  send_text(pair.far, "abc");
  CHECK(queue.only().data == 3);
  CHECK(queue.is_empty());
  send_text(pair.far, "de");
  CHECK(queue.only().data == 5);  // all there is, not what has come since
  CHECK(queue.is_empty());
}

void one_shot_is_told_once_and_is_gone() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_ONESHOT) == 0);
  send_text(pair.far, "a");
  CHECK(queue.only().data == 1);
  CHECK(queue.is_empty());
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_DELETE) == ENOENT);
}

void dispatch_disables_until_enabled_again() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_DISPATCH) == 0);
  send_text(pair.far, "a");
  CHECK(queue.only().data == 1);
  send_text(pair.far, "b");
  CHECK(queue.is_empty());
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ENABLE | EV_DISPATCH) == 0);
  CHECK(queue.only().data == 2);
}

void disabled_tells_nothing_and_loses_nothing() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_DISABLE) == 0);
  send_text(pair.far, "a");
  CHECK(queue.is_empty());
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ENABLE) == 0);
  CHECK(queue.only().data == 1);
}

void adding_enables_unless_it_says_disable() {
  Pair pair;
  open_pipe(&pair);
  send_text(pair.far, "a");
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_DISABLE) == 0);
  CHECK(queue.is_empty());
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD) == 0);
  CHECK(queue.only().data == 1);
}

void a_receipt_comes_for_each_change_and_drains_nothing() {
  Pair pair;
  open_pipe(&pair);
  send_text(pair.far, "a");
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  const struct kevent changes[] = {
      change(1, EVFILT_USER, EV_ADD | EV_CLEAR | EV_RECEIPT, 0, 0, word(5)),
      change(2, EVFILT_USER, EV_DELETE | EV_RECEIPT),
  };
  struct kevent receipts[2];
  CHECK(kevent(queue.fd(), changes, 2, receipts, 2, nullptr) == 2);
  CHECK(receipts[0].ident == 1 && receipts[0].filter == EVFILT_USER && receipts[0].data == 0);
  CHECK((receipts[0].flags & EV_ERROR) != 0 && receipts[0].udata == word(5));
  CHECK(receipts[1].ident == 2 && receipts[1].data == ENOENT);
  CHECK((receipts[1].flags & EV_ERROR) != 0);
  CHECK(queue.only().ident == ident(pair.near));  // still there
}

// FreeBSD and NetBSD say so; the page of macOS says nothing.
void a_receipt_without_room_stops_the_changes() {
#ifndef __APPLE__
  Queue queue;
  const struct kevent changes[] = {
      change(1, EVFILT_USER, EV_ADD | EV_RECEIPT),
      change(2, EVFILT_USER, EV_ADD | EV_RECEIPT),
      change(3, EVFILT_USER, EV_ADD | EV_RECEIPT),
  };
  struct kevent receipt;
  const timespec at_once{};
  CHECK(kevent(queue.fd(), changes, 3, &receipt, 1, &at_once) == 1);
  CHECK(receipt.ident == 1 && receipt.data == 0);
  CHECK(queue.apply(3, EVFILT_USER, EV_DELETE) == ENOENT);
#endif
}

void an_error_with_room_is_an_event_and_the_rest_is_applied() {
  Queue queue;
  const struct kevent changes[] = {
      change(1, EVFILT_USER, EV_DELETE, 0, 0, word(9)),
      change(2, EVFILT_USER, EV_ADD),
  };
  struct kevent events[4];
  const timespec at_once{};
  CHECK(kevent(queue.fd(), changes, 2, events, 4, &at_once) == 1);
  CHECK(events[0].ident == 1 && (events[0].flags & EV_ERROR) != 0 && events[0].data == ENOENT);
  CHECK(queue.apply(2, EVFILT_USER, EV_DELETE) == 0);
}

void an_error_without_room_is_the_calls_own() {
  Queue queue;
  CHECK(queue.apply(1, EVFILT_USER, EV_DELETE) == ENOENT);
}

void what_is_not_there_is_enoent() {
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  for (const int flags : {EV_DELETE, EV_ENABLE, EV_DISABLE}) {
    CHECK(queue.apply(ident(pair.near), EVFILT_READ, flags) == ENOENT);
  }
  CHECK(queue.apply(5, EVFILT_USER, 0, NOTE_TRIGGER) == ENOENT);
  CHECK(queue.apply(5, EVFILT_TIMER, EV_DELETE) == ENOENT);
}

void a_closed_number_is_ebadf() {
  Queue queue;
  Pair pair;
  open_pipe(&pair);
  const uintptr_t gone = ident(pair.far);
  pair.end_far();
  CHECK(queue.apply(gone, EVFILT_READ, EV_ADD) == EBADF);
  CHECK(queue.apply(gone, EVFILT_WRITE, EV_ADD) == EBADF);
}

void an_unknown_filter_is_einval() {
  Queue queue;
  CHECK(queue.apply(0, 99, EV_ADD) == EINVAL);
  CHECK(queue.apply(0, -99, EV_ADD) == EINVAL);
}

void nonsense_lengths_and_times_are_einval() {
  Queue queue;
  struct kevent event;
  const timespec negative{-1, 0};
  const timespec too_many{0, 1'000'000'000};
  CHECK(kevent(queue.fd(), nullptr, 0, &event, 1, &negative) == -1 && errno == EINVAL);
  CHECK(kevent(queue.fd(), nullptr, 0, &event, 1, &too_many) == -1 && errno == EINVAL);
#ifdef __FreeBSD__
  CHECK(kevent(queue.fd(), nullptr, 0, &event, -1, nullptr) == -1 && errno == EINVAL);
#endif
}

void what_is_no_kqueue_is_ebadf() {
  Pair pair;
  open_pipe(&pair);
  const timespec at_once{};
  CHECK(kevent(pair.near, nullptr, 0, nullptr, 0, &at_once) == -1 && errno == EBADF);
  CHECK(kevent(-1, nullptr, 0, nullptr, 0, &at_once) == -1 && errno == EBADF);
}

void no_room_returns_at_once_whatever_is_pending() {
  Queue queue;
  CHECK(queue.apply(1, EVFILT_USER, EV_ADD) == 0);
  CHECK(queue.apply(1, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
  CHECK(kevent(queue.fd(), nullptr, 0, nullptr, 0, nullptr) == 0);
  CHECK(queue.only().ident == 1);
}

void changes_are_applied_before_events_are_read() {
  Queue queue;
  CHECK(queue.apply(1, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
  const struct kevent trigger = change(1, EVFILT_USER, 0, NOTE_TRIGGER);
  struct kevent event;
  CHECK(kevent(queue.fd(), &trigger, 1, &event, 1, nullptr) == 1 && event.ident == 1);
}

void both_lists_may_be_one_array() {
  Queue queue;
  struct kevent events[3] = {
      change(1, EVFILT_USER, EV_ADD | EV_RECEIPT),
      change(2, EVFILT_USER, EV_DELETE | EV_RECEIPT),
      change(3, EVFILT_USER, EV_ADD | EV_RECEIPT),
  };
  CHECK(kevent(queue.fd(), events, 3, events, 3, nullptr) == 3);
  CHECK(events[0].data == 0 && events[1].data == ENOENT && events[2].data == 0);
  CHECK(events[0].ident == 1 && events[1].ident == 2 && events[2].ident == 3);
}

void a_signal_interrupts_and_the_changes_are_applied() {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_handler = [](int) {};  // without SA_RESTART
  CHECK(sigaction(SIGALRM, &action, nullptr) == 0);
  Queue queue;
  const struct kevent add = change(1, EVFILT_USER, EV_ADD | EV_CLEAR);
  struct kevent event;
  const itimerval soon{{0, 0}, {0, 50'000}};
  CHECK(setitimer(ITIMER_REAL, &soon, nullptr) == 0);
  CHECK(kevent(queue.fd(), &add, 1, &event, 1, nullptr) == -1 && errno == EINTR);
  CHECK(queue.apply(1, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
}

void a_time_limit_ends_with_nothing() {
  Queue queue;
  struct kevent event;
  timespec before;
  timespec after;
  const timespec limit{0, 30'000'000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  CHECK(kevent(queue.fd(), nullptr, 0, &event, 1, &limit) == 0);
  clock_gettime(CLOCK_MONOTONIC, &after);
  const int64_t waited_us =
      (after.tv_sec - before.tv_sec) * 1'000'000LL + (after.tv_nsec - before.tv_nsec) / 1'000;
  CHECK(waited_us >= 30'000);
}
