// Knotes of the stand-in: registering, modifying, and telling. See standin_queue.h, kqueue(2).
#include "standin_queue.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "standin_signals.h"

namespace standin {

namespace {

constexpr unsigned kWays = EV_ONESHOT | EV_CLEAR | EV_DISPATCH;

bool is_of_descriptor(short filter) { return filter == EVFILT_READ || filter == EVFILT_WRITE; }

bool is_known(short filter) {
  return is_of_descriptor(filter) || filter == EVFILT_USER || filter == EVFILT_TIMER ||
         filter == EVFILT_SIGNAL;
}

bool watch(int outer, int inner) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = inner;
  return inner >= 0 && epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) == 0;
}

}  // namespace

Knote::Knote() = default;
Knote::~Knote() {
  if (timer >= 0) close_quietly(timer);
}

Queue::Queue() = default;

Queue::~Queue() {
  knotes_.clear();
  for (const int fd : {readers_, writers_, doorbell_, spare_timer_}) {
    if (fd >= 0) close_quietly(fd);
  }
}

int Queue::open() {
  fd_ = epoll_create1(EPOLL_CLOEXEC);
  readers_ = epoll_create1(EPOLL_CLOEXEC);
  writers_ = epoll_create1(EPOLL_CLOEXEC);
  doorbell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  spare_timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  const bool opened = spare_timer_ >= 0 && watch(fd_, readers_) && watch(fd_, writers_);
  if (opened && watch(fd_, doorbell_)) return fd_;
  const int error = errno;
  if (fd_ >= 0) close_quietly(fd_);
  errno = error;
  return -1;
}

// --- Changes

int Queue::change(const struct kevent& change) {
  std::unique_ptr<SignalCount> signals;
  std::vector<std::unique_ptr<SignalCount>> gone;
  if (change.filter == EVFILT_SIGNAL && (change.flags & EV_ADD) != 0) {
    const int error = count_signal(change.ident, &signals);
    if (error != 0) return error;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  const int error = change_locked(change, &signals);
  gone.swap(gone_);
  return error;
}

int Queue::change_locked(const struct kevent& change, std::unique_ptr<SignalCount>* signals) {
  if (!is_known(change.filter)) return EINVAL;
  const Key key{change.filter, change.ident};
  auto found = knotes_.find(key);
  if (found != knotes_.end() && is_of_descriptor(change.filter) && is_stale(found->second)) {
    remove(key);
    found = knotes_.end();
  }
  Knote* const knote = found == knotes_.end() ? nullptr : &found->second;
  int error = 0;
  if ((change.flags & EV_ADD) != 0) {
    error = add(change, knote, signals);
  } else if (knote == nullptr) {
    error = ENOENT;
  } else if ((change.flags & EV_DELETE) != 0) {
    remove(key);
  } else {
    error = modify(change, *knote);
  }
  ring();
  return error;
}

int Queue::add(const struct kevent& change, Knote* found,
               std::unique_ptr<SignalCount>* signals) {
  const Key key{change.filter, change.ident};
  const bool again = found != nullptr;
  Knote& knote = again ? *found : knotes_[key];
  knote.asked = change;
  if (change.filter == EVFILT_TIMER || change.filter == EVFILT_SIGNAL) {
    knote.asked.flags |= EV_CLEAR;
  }
  knote.disabled = (change.flags & EV_DISABLE) != 0;
  int error = 0;
  switch (change.filter) {
    case EVFILT_USER:
      touch_user(knote, change);
      if (knote.triggered) activate(key);
      break;
    case EVFILT_TIMER:
      error = add_timer(knote);
      break;
    case EVFILT_SIGNAL:
      error = again ? 0 : add_signal(knote, signals);
      break;
    default:
      error = add_descriptor(knote, again);
  }
  if (error != 0 && !again) remove(key);
  return error;
}

// Whatever a change carries takes the place of what there was, the user's own data included.
int Queue::modify(const struct kevent& change, Knote& knote) {
  knote.asked.udata = change.udata;
  if ((change.flags & EV_ENABLE) != 0) knote.disabled = false;
  if ((change.flags & EV_DISABLE) != 0) knote.disabled = true;
  if (change.filter == EVFILT_USER) {
    touch_user(knote, change);
    if (knote.triggered) activate({change.filter, change.ident});
  } else if (change.filter != EVFILT_TIMER) {
    knote.asked.fflags = change.fflags;
    knote.asked.data = change.data;
  }
  return 0;
}

void Queue::remove(const Key& key) {
  const auto found = knotes_.find(key);
  if (found == knotes_.end()) return;
  if (is_of_descriptor(key.first) && !is_stale(found->second)) {
    const int inner = key.first == EVFILT_READ ? readers_ : writers_;
    epoll_ctl(inner, EPOLL_CTL_DEL, static_cast<int>(key.second), nullptr);
  }
  active_.erase(std::remove(active_.begin(), active_.end(), key), active_.end());
  if (found->second.timer >= 0) keep_timer(found->second);
  if (found->second.signals != nullptr) gone_.push_back(std::move(found->second.signals));
  knotes_.erase(found);
}

void Queue::closed(int fd) {
  std::lock_guard<std::mutex> lock(mutex_);
  remove({EVFILT_READ, static_cast<uintptr_t>(fd)});
  remove({EVFILT_WRITE, static_cast<uintptr_t>(fd)});
  ring();
}

// --- Telling

void Queue::activate(const Key& key) {
  Knote& knote = knotes_.at(key);
  if (knote.active) return;
  knote.active = true;
  active_.push_back(key);
}

// The doorbell is readable exactly while something active may be told.
void Queue::ring() {
  const bool any = std::any_of(active_.begin(), active_.end(),
                               [this](const Key& key) { return !knotes_.at(key).disabled; });
  if (any == rung_) return;
  rung_ = any;
  uint64_t one = 1;
  const ssize_t done =
      any ? write(doorbell_, &one, sizeof one) : read(doorbell_, &one, sizeof one);
  static_cast<void>(done);
}

// Each active knote has its filter run once more, and is told if the filter still says so.
int Queue::collect(struct kevent* events, int room) {
  std::vector<std::unique_ptr<SignalCount>> gone;
  std::lock_guard<std::mutex> lock(mutex_);
  const int count = collect_locked(events, room);
  gone.swap(gone_);
  return count;
}

int Queue::collect_locked(struct kevent* events, int room) {
  gather();
  int count = 0;
  for (size_t left = active_.size(); left > 0 && count < room; left--) {
    const Key key = active_.front();
    active_.pop_front();
    Knote& knote = knotes_.at(key);
    if (knote.disabled) {
      active_.push_back(key);
      continue;
    }
    knote.active = false;
    if (is_of_descriptor(key.first) && is_stale(knote)) {
      remove(key);
      continue;
    }
    struct kevent& out = events[count];
    out = knote.asked;
    out.flags = static_cast<unsigned short>(knote.asked.flags & (EV_ADD | kWays));
    out.fflags = 0;
    out.data = 0;
    if (!evaluate(knote, &out)) continue;
    count++;
    if ((knote.asked.flags & EV_ONESHOT) != 0) {
      remove(key);
      continue;
    }
    if ((knote.asked.flags & EV_DISPATCH) != 0) knote.disabled = true;
    if ((knote.asked.flags & EV_CLEAR) == 0) activate(key);
  }
  ring();
  return count;
}

}  // namespace standin
