// kqueue() and kevent() of the stand-in, and the calls that it has to see: close(2), which removes
// a descriptor's knotes; fork(2), which no queue survives. The linker leads close(2) here (--wrap),
// for the binary under test alone, and so with the calls of standin_errors.cc.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include <climits>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "standin_queue.h"

extern "C" {
int __real_close(int fd);
int __wrap_close(int fd);
}

namespace standin {

namespace {

struct Process {
  std::mutex mutex;
  std::map<int, std::shared_ptr<Queue>> queues;
};

Process& process();

// A child inherits the descriptors of Linux, but no queue. What is behind them is the parent's and
// left alone.
void forget_in_child() {
  Process& all = process();
  new std::map<int, std::shared_ptr<Queue>>(std::move(all.queues));
  all.queues.clear();
  all.mutex.unlock();
}

// Never destroyed: threads may wait while the process exits.
Process& process() {
  static Process* const the = [] {
    pthread_atfork([] { process().mutex.lock(); }, [] { process().mutex.unlock(); },
                   forget_in_child);
    return new Process();
  }();
  return *the;
}

int64_t now_ms() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

int64_t milliseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1000 + (time.tv_nsec + 999'999) / 1'000'000;
}

}  // namespace

std::shared_ptr<Queue> queue_of(int fd) {
  Process& all = process();
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.queues.find(fd);
  return found == all.queues.end() ? nullptr : found->second;
}

int close_quietly(int fd) { return __real_close(fd); }

// Applies the changes; −1 and errno when one fails that there is no room to tell of.
static int apply(Queue& queue, const struct kevent* changes, int count, struct kevent* events,
                 int room) {
  int told = 0;
  for (int i = 0; i < count; i++) {
    const int fault = fault_of(changes[i]);
    const int error = fault != 0 ? fault : queue.change(changes[i]);
    if (error == 0 && (changes[i].flags & EV_RECEIPT) == 0) continue;
    if (told == room) {
      errno = error;
      return error == 0 ? told : -1;
    }
    const struct kevent change = changes[i];  // the two lists may be one
    events[told] = change;
    events[told].flags = EV_ERROR;
    events[told].data = error;
    told++;
  }
  return told;
}

static int wait(Queue& queue, struct kevent* events, int room, const timespec* timeout) {
  if (is_interrupted()) {
    errno = EINTR;
    return -1;
  }
  const int64_t end = timeout == nullptr ? -1 : now_ms() + milliseconds(*timeout);
  for (;;) {
    const int count = queue.collect(events, room);
    const int64_t left = end < 0 ? -1 : end - now_ms();
    if (count > 0 || (end >= 0 && left <= 0)) return count;
    pollfd watched{queue.fd(), POLLIN, 0};
    if (poll(&watched, 1, static_cast<int>(left > INT_MAX ? INT_MAX : left)) < 0) return -1;
  }
}

}  // namespace standin

using standin::Queue;

int kqueue() {
  auto queue = std::make_shared<Queue>();
  const int fd = queue->open();
  if (fd < 0) return -1;
  auto& all = standin::process();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.queues[fd] = std::move(queue);
  return fd;
}

int kevent(int kq, const struct kevent* changelist, int nchanges, struct kevent* eventlist,
           int nevents, const struct timespec* timeout) {
  const std::shared_ptr<Queue> queue = standin::queue_of(kq);
  if (queue == nullptr) {
    errno = EBADF;
    return -1;
  }
  const bool is_time = timeout == nullptr || (timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 &&
                                              timeout->tv_nsec < 1'000'000'000);
  if (nchanges < 0 || nevents < 0 || !is_time) {
    errno = EINVAL;
    return -1;
  }
  const int told = standin::apply(*queue, changelist, nchanges, eventlist, nevents);
  if (told != 0 || nevents == 0) return told;
  return standin::wait(*queue, eventlist, nevents, timeout);
}

int __wrap_close(int fd) {
  std::vector<std::shared_ptr<Queue>> queues;
  std::shared_ptr<Queue> own;
  {
    auto& all = standin::process();
    std::lock_guard<std::mutex> lock(all.mutex);
    standin::forget_error(fd);
    const auto found = all.queues.find(fd);
    if (found != all.queues.end()) {
      own = found->second;
      all.queues.erase(found);
    }
    for (const auto& entry : all.queues) queues.push_back(entry.second);
  }
  for (const auto& queue : queues) queue->closed(fd);
  return __real_close(fd);
}
