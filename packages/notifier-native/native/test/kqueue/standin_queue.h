// One kqueue of the stand-in: its knotes, and the descriptors of Linux that they stand on.
//
// The kqueue's own descriptor is an epoll(7) that can be polled in its turn. In it lie one epoll
// for all readers and one for all writers, since a descriptor can be in each only once, and the
// two filters are independent; both are edge-triggered, and what an edge said is kept in the knote.
// A doorbell (eventfd) is readable while knotes are active that no descriptor speaks for.
#pragma once

#include <sys/event.h>
#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace standin {

class SignalCount;

// A registration: what was asked for, and what came of it so far.
struct Knote {
  struct kevent asked {};
  bool disabled = false;
  bool active = false;  // in the queue of what may be told
  // A descriptor's.
  dev_t device = 0;
  ino_t inode = 0;
  bool connected = false;  // was seen connected once
  // A user event's.
  bool triggered = false;
  unsigned user_flags = 0;
  // A timer's.
  int timer = -1;
  uint64_t expirations = 0;
  // A signal's.
  std::unique_ptr<SignalCount> signals;
  uint64_t deliveries = 0;

  Knote();
  ~Knote();
};

class Queue {
 public:
  Queue();
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // The descriptor, or −1 and errno.
  int open();
  int fd() const { return fd_; }

  // Applies one change: 0 or an errno.
  int change(const struct kevent& change);
  // Takes up to `room` events of those that hold now.
  int collect(struct kevent* events, int room);
  // A descriptor is being closed: knotes that reference it go.
  void closed(int fd);

 private:
  using Key = std::pair<short, uintptr_t>;

  int change_locked(const struct kevent& change, std::unique_ptr<SignalCount>* signals);
  int add(const struct kevent& change, Knote* found, std::unique_ptr<SignalCount>* signals);
  int collect_locked(struct kevent* events, int room);
  int modify(const struct kevent& change, Knote& knote);
  void remove(const Key& key);
  void activate(const Key& key);
  void ring();

  // standin_descriptors.cc
  int add_descriptor(Knote& knote, bool again);
  bool is_stale(const Knote& knote) const;
  bool evaluate_read(Knote& knote, struct kevent* out);
  bool evaluate_write(Knote& knote, struct kevent* out);

  // standin_others.cc
  int add_timer(Knote& knote);
  void keep_timer(Knote& knote);
  int add_signal(Knote& knote, std::unique_ptr<SignalCount>* signals);
  static void touch_user(Knote& knote, const struct kevent& change);
  bool evaluate(Knote& knote, struct kevent* out);
  void gather();
  void gather_from(int inner, short filter);

  std::mutex mutex_;
  int fd_ = -1;
  int readers_ = -1;
  int writers_ = -1;
  int doorbell_ = -1;
  // A timer of BSD takes no descriptor: one is at hand when the process has none left.
  int spare_timer_ = -1;
  bool rung_ = false;
  std::map<Key, Knote> knotes_;
  std::deque<Key> active_;
  // Counts of removed knotes, to be let go of without the mutex: the hub behind them has one of its
  // own, and closes files under it.
  std::vector<std::unique_ptr<SignalCount>> gone_;
};

// The queue behind a descriptor; null when it is no kqueue.
std::shared_ptr<Queue> queue_of(int fd);

// The error of a socket, which Linux tells once and BSD again and again until a call takes it: kept
// between a filter's look at it and that call; standin_errors.cc.
int peek_error(int fd);
// Its descriptor is being closed.
void forget_error(int fd);

// Faults made on purpose, standin_faults.cc: the errno with which a change is refused, or 0;
// whether a wait ends with EINTR.
int fault_of(const struct kevent& change);
bool is_interrupted();
// Whether a send finds no buffer space.
bool is_full();

// close(2) itself, past the stand-in's own.
int close_quietly(int fd);

}  // namespace standin
