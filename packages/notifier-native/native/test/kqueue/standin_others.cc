// EVFILT_USER, EVFILT_TIMER and EVFILT_SIGNAL of the stand-in, and gathering what became active.
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <utility>

#include "standin_queue.h"
#include "standin_signals.h"

namespace standin {

namespace {

constexpr int kGatheredMax = 64;
constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

int64_t nanoseconds_per_unit(unsigned fflags) {
  if ((fflags & NOTE_SECONDS) != 0) return kNanosecondsPerSecond;
  if ((fflags & NOTE_USECONDS) != 0) return 1'000;
  if ((fflags & NOTE_NSECONDS) != 0) return 1;
  return 1'000'000;
}

}  // namespace

void Queue::touch_user(Knote& knote, const struct kevent& change) {
  const unsigned flags = change.fflags & NOTE_FFLAGSMASK;
  switch (change.fflags & NOTE_FFCTRLMASK) {
    case NOTE_FFAND:
      knote.user_flags &= flags;
      break;
    case NOTE_FFOR:
      knote.user_flags |= flags;
      break;
    case NOTE_FFCOPY:
      knote.user_flags = flags;
      break;
    default:
      break;
  }
  if ((change.fflags & NOTE_TRIGGER) != 0) knote.triggered = true;
  // A change that only triggers must not say EV_CLEAR: it would take back what was triggered.
  if ((change.flags & EV_CLEAR) != 0 && (change.flags & EV_ADD) == 0) knote.triggered = false;
}

void Queue::keep_timer(Knote& knote) {
  if (spare_timer_ >= 0 || (knote.asked.fflags & NOTE_ABSTIME) != 0) return;
  const itimerspec off{};
  timerfd_settime(knote.timer, 0, &off, nullptr);
  epoll_ctl(fd_, EPOLL_CTL_DEL, knote.timer, nullptr);
  std::swap(knote.timer, spare_timer_);
}

// Adding it again starts it again, and what it had told nobody of is gone.
int Queue::add_timer(Knote& knote) {
  const struct kevent& asked = knote.asked;
  if (asked.data < 0) return EINVAL;
  const bool absolute = (asked.fflags & NOTE_ABSTIME) != 0;
  if (absolute) knote.asked.flags |= EV_ONESHOT;
  if (knote.timer < 0) {
    if (!absolute) std::swap(knote.timer, spare_timer_);
    const int clock = absolute ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    if (knote.timer < 0) knote.timer = timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK);
    if (knote.timer < 0) return errno;
    epoll_event event{};
    event.events = EPOLLIN;
    if (epoll_ctl(fd_, EPOLL_CTL_ADD, knote.timer, &event) != 0) return errno;
  }
  knote.expirations = 0;
  const int64_t unit = nanoseconds_per_unit(asked.fflags);
  const int64_t per_second = kNanosecondsPerSecond / unit;
  itimerspec when{};
  when.it_value.tv_sec = asked.data / per_second;
  when.it_value.tv_nsec = asked.data % per_second * unit;
  if (asked.data == 0) when.it_value.tv_nsec = 1;
  if ((knote.asked.flags & EV_ONESHOT) == 0) when.it_interval = when.it_value;
  return timerfd_settime(knote.timer, absolute ? TFD_TIMER_ABSTIME : 0, &when, nullptr) == 0
             ? 0
             : errno;
}

int Queue::add_signal(Knote& knote, std::unique_ptr<SignalCount>* signals) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (epoll_ctl(fd_, EPOLL_CTL_ADD, (*signals)->fd(), &event) != 0) return errno;
  knote.signals = std::move(*signals);
  return 0;
}

// Takes from the kernel what it has to tell, into the knotes.
void Queue::gather() {
  gather_from(readers_, EVFILT_READ);
  gather_from(writers_, EVFILT_WRITE);
  const auto end = knotes_.lower_bound({EVFILT_SIGNAL + 1, 0});
  for (auto it = knotes_.lower_bound({EVFILT_TIMER, 0}); it != end; ++it) {
    auto& [key, knote] = *it;
    if (knote.timer >= 0) {
      uint64_t count = 0;
      if (read(knote.timer, &count, sizeof count) == sizeof count) knote.expirations += count;
      if (knote.expirations > 0) activate(key);
    }
    if (knote.signals != nullptr) {
      knote.deliveries += knote.signals->take();
      if (knote.deliveries > 0) activate(key);
    }
  }
}

void Queue::gather_from(int inner, short filter) {
  epoll_event events[kGatheredMax];
  for (;;) {
    const int count = epoll_wait(inner, events, kGatheredMax, 0);
    for (int i = 0; i < count; i++) {
      const Key key{filter, static_cast<uintptr_t>(events[i].data.fd)};
      if (knotes_.count(key) > 0) activate(key);
    }
    if (count < kGatheredMax) return;
  }
}

// Runs the filter: whether the event is told, and what with.
bool Queue::evaluate(Knote& knote, struct kevent* out) {
  switch (knote.asked.filter) {
    case EVFILT_READ:
      return evaluate_read(knote, out);
    case EVFILT_WRITE:
      return evaluate_write(knote, out);
    case EVFILT_USER: {
      const bool triggered = knote.triggered;
      out->fflags = knote.user_flags;
      out->data = knote.asked.data;
      if ((knote.asked.flags & EV_CLEAR) != 0) {
        knote.triggered = false;
        knote.user_flags = 0;
      }
      return triggered;
    }
    case EVFILT_TIMER:
      out->data = static_cast<int64_t>(knote.expirations);
      knote.expirations = 0;
      return out->data > 0;
    default:
      out->data = static_cast<int64_t>(knote.deliveries);
      knote.deliveries = 0;
      return out->data > 0;
  }
}

}  // namespace standin
