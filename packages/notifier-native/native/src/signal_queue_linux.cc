// The unread records of one wait: a ring and an eventfd(2) that is readable exactly while the ring
// isn't empty.
#include <sys/eventfd.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>

#include "signal_queue.h"

namespace pike {
namespace {

constexpr uint32_t kFirstSize = 16;
constexpr uint32_t kKeptSize = 1'024;
constexpr int kStandardEnd = 32;  // signal(7): 1 to 31 are standard signals

}  // namespace

SignalQueue::~SignalQueue() {
  if (fd_ >= 0) close(fd_);
}

int SignalQueue::open() {
  assert(fd_ < 0);
  fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return fd_ < 0 ? errno : 0;
}

void SignalQueue::push(const SignalRecord& record) {
  std::lock_guard<std::mutex> lock(mutex_);
  const bool standard = record.number < kStandardEnd;
  if (standard && count_ >= kSignalRecordsMax && unread_[record.number] > 0) return;
  if (count_ == ring_.size()) grow();
  ring_[(first_ + count_) & (ring_.size() - 1)] = record;
  count_++;
  if (standard) unread_[record.number]++;
  if (count_ > 1) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);
  assert(written == sizeof one);
}

void SignalQueue::grow() {
  std::vector<SignalRecord> larger(ring_.empty() ? kFirstSize : ring_.size() * 2);
  for (uint32_t i = 0; i < count_; i++) larger[i] = ring_[(first_ + i) & (ring_.size() - 1)];
  ring_.swap(larger);
  first_ = 0;
}

uint32_t SignalQueue::room() {
  std::lock_guard<std::mutex> lock(mutex_);
  // Past the bound by a few: what handlers caught, one for each thread at most, has nowhere else to
  // wait.
  const uint32_t left = count_ < kSignalRecordsMax ? kSignalRecordsMax - count_ : 0;
  if (left == 0) held_up_ = true;
  return left;
}

bool SignalQueue::held_up() {
  std::lock_guard<std::mutex> lock(mutex_);
  return held_up_;
}

bool SignalQueue::take(SignalRecord* out, bool* released) {
  std::lock_guard<std::mutex> lock(mutex_);
  *released = false;
  if (count_ == 0) return false;
  *out = ring_[first_];
  first_ = (first_ + 1) & (ring_.size() - 1);
  count_--;
  if (out->number < kStandardEnd) unread_[out->number]--;
  if (held_up_ && count_ <= kSignalRecordsMax / 2) {
    held_up_ = false;
    *released = true;
  }
  if (count_ > 0) return true;
  uint64_t posts;
  [[maybe_unused]] const ssize_t taken = read(fd_, &posts, sizeof posts);
  assert(taken == sizeof posts);
  if (ring_.size() > kKeptSize) std::vector<SignalRecord>().swap(ring_);
  return true;
}

}  // namespace pike
