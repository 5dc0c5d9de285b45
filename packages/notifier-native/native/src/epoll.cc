// epoll(7): the reactor's backend on Linux. Descriptors are watched edge-triggered in both
// directions from their first wait on; the kernel's user data is slot and generation. An eventfd
// wakes, a timerfd holds the earliest deadline.
#include "epoll.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "errors.h"

namespace pike {

namespace {

// Events taken from the kernel in one call; more wait for the next turn.
constexpr int kEventsMax = 256;

// Tokens that are no handle's: slots stop at 2^20.
constexpr uint64_t kWakeToken = 0xfffffffe;
constexpr uint64_t kTimerToken = 0xfffffffd;
constexpr uint64_t kOwnToken = 0xfffffffc;

uint32_t readiness(uint32_t events) {
  uint32_t ready = 0;
  if (events & EPOLLIN) ready |= kReadyRead;
  if (events & EPOLLOUT) ready |= kReadyWrite;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)) ready |= kReadyHangup;
  return ready;
}

}  // namespace

Epoll::~Epoll() {
  if (timer_ >= 0) close(timer_);
  if (wake_ >= 0) close(wake_);
  if (epoll_ >= 0) close(epoll_);
}

int Epoll::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (epoll_ < 0 || wake_ < 0 || timer_ < 0) return code_of(errno);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kWakeToken;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) return code_of(errno);
  event.data.u64 = kTimerToken;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event) != 0) return code_of(errno);
  return 0;
}

int Epoll::watch_own(int fd) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kOwnToken;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : code_of(errno);
}

uint32_t Epoll::events_for(const Handle& handle) const {
  // Taking a post makes room in an eventfd, which would be an edge of its own.
  if (handle.kind == Kind::kEvent || handle.kind == Kind::kSignal) return EPOLLIN | EPOLLET;
  return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
}

int Epoll::arm(Handle& handle) {
  epoll_event event{};
  event.events = events_for(handle);
  event.data.u64 = handle.token();
  core.count(kSystemCalls);
  handle.system_calls++;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, handle.fd, &event) == 0) {
    handle.armed = true;
    return 0;
  }
  if (errno == EPERM) return kUnsupported;  // a file that cannot be waited for
  if (errno == EEXIST) return kInUse;
  return code_of(errno);
}

int Epoll::rearm(Handle& handle) {
  epoll_event event{};
  event.events = events_for(handle);
  event.data.u64 = handle.token();
  core.count(kSystemCalls);
  handle.system_calls++;
  return epoll_ctl(epoll_, EPOLL_CTL_MOD, handle.fd, &event) == 0 ? 0 : code_of(errno);
}

void Epoll::disarm(Handle& handle) {
  core.count(kSystemCalls);
  epoll_ctl(epoll_, EPOLL_CTL_DEL, handle.fd, nullptr);
}

void Epoll::wait(int timeout_ms) {
  epoll_event events[kEventsMax];
  core.count(kSystemCalls);
  const int count = epoll_wait(epoll_, events, kEventsMax, timeout_ms);
  for (int i = 0; i < count; i++) {
    const uint64_t token = events[i].data.u64;
    if (token == kWakeToken) woken_.store(false, std::memory_order_release);
    else if (token == kTimerToken) armed_ms_ = 0;
    else if (token == kOwnToken) on_own();
    else on_ready(token, readiness(events[i].events));
  }
}

void Epoll::lower_deadline(uint64_t deadline_ms) {
  if (armed_ms_ != 0 && armed_ms_ <= deadline_ms) return;
  armed_ms_ = deadline_ms;
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(deadline_ms / 1000);
  when.it_value.tv_nsec = static_cast<long>(deadline_ms % 1000) * 1000000;
  core.count(kSystemCalls);
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
}

void Epoll::wake() {
  // Edge-triggered, so the counter need not be read: each write is a new edge.
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  const uint64_t one = 1;
  ssize_t written = write(wake_, &one, sizeof one);
  // It can only fail when the counter is full, and then an edge is pending.
  static_cast<void>(written);
}

std::unique_ptr<Backend> make_epoll(const Choice&, Core& core, BufferSource& buffers) {
  return std::make_unique<Epoll>(core, buffers);
}

}  // namespace pike
