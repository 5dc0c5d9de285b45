// The unread records of one wait; see signal_queue_windows.h.
#include "signal_queue_windows.h"

namespace pike {

void SignalQueue::push(const SignalRecord& record) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (records_.size() < kSignalRecordsMax) records_.push_back(record);
  if (!waits_) return;
  waits_ = false;
  PostQueuedCompletionStatus(target_.port, 0, target_.key, nullptr);
}

bool SignalQueue::look(PostTarget target) {
  waits_ = records_.empty();
  target_ = target;
  return !waits_;
}

bool SignalQueue::take(SignalRecord* out, PostTarget target) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!look(target)) return false;
  *out = records_.front();
  records_.pop_front();
  return true;
}

bool SignalQueue::is_ready(PostTarget target) {
  std::lock_guard<std::mutex> lock(mutex_);
  return look(target);
}

}  // namespace pike
