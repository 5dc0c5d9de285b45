// io_uring(7), a backend on Linux.
#pragma once
#include <atomic>

#include "reactor.h"
#include "uring_ring.h"

namespace pike {

class Uring final : public Reactor {
 public:
  using Reactor::Reactor;
  ~Uring() override;
  int open() override;
  void wake() override;
  int descriptor() const override { return notify_; }
  void flush() override;
  bool has_work() const override { return Reactor::has_work() || ring_.ready(); }

 protected:
  int arm(Handle& handle) override;
  void disarm(Handle& handle) override;
  void wait(int timeout_ms) override;
  void lower_deadline(uint64_t deadline_ms) override;

 private:
  void take(const uring::Completion& completion);
  int watch(int fd, uint32_t events, uint64_t token);

  uring::Ring ring_;
  int notify_ = -1;  // registered with the ring: readable when completions or deferred work are there
  int wake_ = -1;    // written by `wake`, polled by the ring
  uint64_t armed_ms_ = 0;
  uring::Timespec armed_{};
  std::atomic<bool> woken_{false};
};

}  // namespace pike
