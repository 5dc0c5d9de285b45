// epoll(7), the backend on Linux: arm, disarm and wait for the shared reactor.
#pragma once
#include <atomic>

#include "reactor.h"

namespace pike {

class Epoll : public Reactor {
 public:
  using Reactor::Reactor;
  ~Epoll() override;
  int open() override;
  void wake() override;
  Descriptor descriptor() const override { return epoll_; }

 protected:
  int arm(Handle& handle) override;
  void disarm(Handle& handle) override;
  bool closing_ends_watch() const override { return true; }  // see epoll(7), Q6
  void wait(int timeout_ms) override;
  void lower_deadline(uint64_t deadline_ms) override;
  // The events that a descriptor is watched for, EPOLLET included.
  virtual uint32_t events_for(const Handle& handle) const;
  // Watches for other events than it was armed for. 0 or a Code.
  int rearm(Handle& handle);
  // Watches a descriptor of a backend's own; `on_own` is called when it is readable anew. 0 or a
  // Code.
  int watch_own(int fd);
  virtual void on_own() {}

 private:
  int epoll_ = -1;
  int wake_ = -1;
  int timer_ = -1;
  uint64_t armed_ms_ = 0;  // what the timerfd is set to; 0: nothing
  std::atomic<bool> woken_{false};
};

}  // namespace pike
