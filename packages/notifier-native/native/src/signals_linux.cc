// SignalWait on Linux: a queue that has joined the process-wide hub.
#include <cerrno>

#include "signal_hub_linux.h"
#include "signal_queue.h"
#include "signals.h"

namespace pike {

int SignalWait::open(uint64_t signal_bits, std::unique_ptr<SignalWait>* out) {
  if (signal_bits == 0) return EINVAL;
  for (int number = 1; number <= 64; number++) {
    if ((signal_bits & signal_bit(number)) != 0 && signal_refused(number)) return EINVAL;
  }
  auto queue = std::make_unique<SignalQueue>(signal_bits);
  if (const int error = queue->open(); error != 0) return error;
  if (const int error = SignalHub::instance().join(queue.get()); error != 0) return error;
  out->reset(new SignalWait(std::move(queue)));
  return 0;
}

SignalWait::SignalWait(std::unique_ptr<SignalQueue> queue) : queue_(std::move(queue)) {}

SignalWait::~SignalWait() { SignalHub::instance().leave(queue_.get()); }

Descriptor SignalWait::fd() const { return queue_->fd(); }

bool SignalWait::take(SignalRecord* out) {
  bool released = false;
  if (!queue_->take(out, &released)) return false;
  if (released) SignalHub::instance().resume();
  return true;
}

}  // namespace pike
