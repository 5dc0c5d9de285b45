// epoll(7), the backend on Linux: arm, disarm and wait for the shared reactor.
#pragma once
#include <atomic>

#include "reactor.h"

namespace pike {

class Epoll final : public Reactor {
 public:
  using Reactor::Reactor;
  ~Epoll() override;
  int open() override;
  void wake() override;
  Descriptor descriptor() const override { return epoll_; }

 protected:
  int arm(Handle& handle) override;
  void disarm(Handle& handle) override;
  void wait(int timeout_ms) override;
  void lower_deadline(uint64_t deadline_ms) override;

 private:
  int epoll_ = -1;
  int wake_ = -1;
  int timer_ = -1;
  uint64_t armed_ms_ = 0;  // what the timerfd is set to; 0: nothing
  std::atomic<bool> woken_{false};
};

}  // namespace pike
