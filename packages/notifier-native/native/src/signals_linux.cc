// SignalWait on Linux: a queue that has joined the process-wide hub.
#include <poll.h>

#include <cerrno>
#include <utility>

#include "signal_hub_linux.h"
#include "signal_queue.h"
#include "signals.h"

namespace pike {

namespace {

// Its descriptor is the queue's eventfd(2).
class QueuedWait final : public SignalWait {
 public:
  explicit QueuedWait(std::unique_ptr<SignalQueue> queue) : queue_(std::move(queue)) {}
  ~QueuedWait() override { SignalHub::instance().leave(queue_.get()); }

  Descriptor fd() const override { return queue_->fd(); }

  bool take(SignalRecord* out) override {
    SignalHub::Undisturbed undisturbed;
    bool released = false;
    if (!queue_->take(out, &released)) return false;
    if (released) SignalHub::instance().resume();
    return true;
  }

  bool has_any() const override {
    pollfd watched{queue_->fd(), POLLIN, 0};
    return poll(&watched, 1, 0) > 0;
  }

 private:
  std::unique_ptr<SignalQueue> queue_;
};

}  // namespace

int SignalWait::open(uint64_t signal_bits, std::unique_ptr<SignalWait>* out) {
  if (signal_bits == 0) return EINVAL;
  for (int number = 1; number <= 64; number++) {
    if ((signal_bits & signal_bit(number)) != 0 && signal_refused(number)) return EINVAL;
  }
  auto queue = std::make_unique<SignalQueue>(signal_bits);
  if (const int error = queue->open(); error != 0) return error;
  if (const int error = SignalHub::instance().join(queue.get()); error != 0) return error;
  out->reset(new QueuedWait(std::move(queue)));
  return 0;
}

void leave_signals_unblocked() { SignalHub::instance().leave_unblocked(); }

void look_at_dispositions(uint64_t listened) {
  SignalHub::instance().take_over_again(listened);
}

bool serves_realtime_signals() { return true; }

}  // namespace pike
