// kqueue(2), the backend on macOS and the BSDs: arm, disarm and wait for the shared reactor.
#pragma once
#include <atomic>
#include <vector>

#include "reactor.h"

struct kevent;

namespace pike {

class Kqueue final : public Reactor {
 public:
  using Reactor::Reactor;
  ~Kqueue() override;
  int open() override;
  void wake() override;
  Descriptor descriptor() const override { return kqueue_; }

 protected:
  int arm(Handle& handle) override;
  void disarm(Handle& handle) override;
  void wait(int timeout_ms) override;
  void lower_deadline(uint64_t deadline_ms) override;

 private:
  int arm_descriptor(Handle& handle);
  int arm_event(Handle& handle);
  int arm_signals(Handle& handle);
  void forget_signals(const Handle& handle);
  void apply(struct kevent* changes, int count);
  int apply_one(uint64_t ident, int filter, int flags, uint64_t token);
  void take(const struct kevent& event);
  void take_signals(int number, uint64_t count);

  Descriptor kqueue_ = kNoDescriptor;
  uint64_t armed_ms_ = 0;  // the deadline that the timer is set to; 0: none
  std::atomic<bool> woken_{false};
  std::vector<uint64_t> signal_waits_;  // tokens of handles that wait for signals
};

}  // namespace pike
