// One io_uring; see uring_ring.h, io_uring_setup(2), io_uring_enter(2).
#include "uring_ring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace pike::uring {

namespace {

// The features that are set-up flags, best first: one thread submits and has work done when it asks
// for it; cooperative work; whatever there is.
constexpr uint32_t kSetups[] = {
    kSingleIssuer | kDeferTaskrun | kTaskrunFlag,
    kCoopTaskrun | kTaskrunFlag,
    0,
};

uint32_t flags_of(uint32_t features) {
  uint32_t flags = 0;
  if (features & kSingleIssuer) flags |= kSetupSingleIssuer;
  if (features & kDeferTaskrun) flags |= kSetupDeferTaskrun;
  if (features & kCoopTaskrun) flags |= kSetupCoopTaskrun;
  if (features & kTaskrunFlag) flags |= kSetupTaskrunFlag | kSetupSubmitAll;
  return flags;
}

template <typename T>
T* at(void* base, uint32_t offset) {
  return reinterpret_cast<T*>(static_cast<char*>(base) + offset);
}

}  // namespace

Ring::~Ring() {
  if (rings_ != nullptr) munmap(rings_, rings_size_);
  if (submissions_ != nullptr) munmap(submissions_, submissions_size_);
  if (fd_ >= 0) close(fd_);
}

int Ring::open(uint32_t entries, uint32_t completions, uint32_t mask, const char** failed) {
  *failed = "io_uring_setup";
  Parameters parameters;
  int error = EINVAL;
  for (const uint32_t setup : kSetups) {
    // One of several that belong together is none.
    if ((setup & mask) != setup) continue;
    error = set_up(entries, completions, setup, &parameters);
    if (error != EINVAL) break;
  }
  if (error != 0) return error;
  constexpr uint32_t needed = kFeatSingleMmap | kFeatNoDrop;
  if ((parameters.features & needed) != needed) return ENOSYS;  // before Linux 5.5
  error = map(parameters);
  if (error != 0) {
    *failed = "mmap of io_uring's queues";
    return error;
  }
  probe();
  return 0;
}

int Ring::set_up(uint32_t entries, uint32_t completions, uint32_t features,
                 Parameters* parameters) {
  *parameters = Parameters{};
  parameters->flags = flags_of(features) | kSetupCqSize | kSetupClamp;
  parameters->cq_entries = completions;
  fd_ = static_cast<int>(syscall(SYS_io_uring_setup, entries, parameters));
  if (fd_ < 0) return errno;
  features_ = features;
  return 0;
}

int Ring::map(const Parameters& parameters) {
  constexpr int kProtection = PROT_READ | PROT_WRITE;
  constexpr int kFlags = MAP_SHARED | MAP_POPULATE;
  rings_size_ = std::max<size_t>(parameters.sq.array + parameters.sq_entries * sizeof(uint32_t),
                                 parameters.cq.cqes + parameters.cq_entries * sizeof(Completion));
  void* rings = mmap(nullptr, rings_size_, kProtection, kFlags, fd_, kOffsetSqRing);
  if (rings == MAP_FAILED) return errno;
  rings_ = rings;
  submissions_size_ = parameters.sq_entries * sizeof(Submission);
  void* submissions = mmap(nullptr, submissions_size_, kProtection, kFlags, fd_, kOffsetSqes);
  if (submissions == MAP_FAILED) return errno;
  submissions_ = static_cast<Submission*>(submissions);
  sq_head_ = at<uint32_t>(rings_, parameters.sq.head);
  sq_tail_ = at<uint32_t>(rings_, parameters.sq.tail);
  sq_flags_ = at<uint32_t>(rings_, parameters.sq.flags);
  sq_mask_ = *at<uint32_t>(rings_, parameters.sq.ring_mask);
  sq_entries_ = parameters.sq_entries;
  cq_head_ = at<uint32_t>(rings_, parameters.cq.head);
  cq_tail_ = at<uint32_t>(rings_, parameters.cq.tail);
  cq_flags_ = at<uint32_t>(rings_, parameters.cq.flags);
  cq_mask_ = *at<uint32_t>(rings_, parameters.cq.ring_mask);
  completions_ = at<Completion>(rings_, parameters.cq.cqes);
  // The array of indices never changes: entry n is submission n.
  uint32_t* array = at<uint32_t>(rings_, parameters.sq.array);
  for (uint32_t i = 0; i < sq_entries_; i++) array[i] = i;
  return 0;
}

void Ring::probe() {
  struct Row {
    uint8_t opcode, reserved;
    uint16_t flags;
    uint32_t reserved2;
  };
  struct {
    uint8_t last, count;
    uint16_t reserved;
    uint32_t reserved2[3];
    Row rows[256];
  } found{};
  if (register_call(kRegisterProbe, &found, 256) < 0) return;
  last_opcode_ = found.last;
  for (uint32_t i = 0; i <= found.last; i++) supported_[i] = (found.rows[i].flags & 1) != 0;
}

// The kernel looks at the flag before it writes the eventfd. What came between the last look and
// `tell(true)` shows in `has_work`, which has to be asked after it.
void Ring::tell(bool on) {
  __atomic_store_n(cq_flags_, on ? 0 : kCqEventfdDisabled, __ATOMIC_RELAXED);
  if (on) __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int Ring::register_eventfd(int fd) { return -register_call(kRegisterEventfd, &fd, 1); }

uint32_t Ring::room() const {
  return sq_entries_ - pending_ - (*sq_tail_ - __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE));
}

Submission& Ring::submission(Opcode opcode, int fd, uint64_t user_data) {
  if (room() == 0 && backlog_.empty()) enter();
  // Behind those that wait already.
  const bool waits = room() == 0 || !backlog_.empty();
  Submission& entry =
      waits ? backlog_.emplace_back() : submissions_[(*sq_tail_ + pending_++) & sq_mask_];
  entry = Submission{};
  entry.opcode = opcode;
  entry.fd = fd;
  entry.user_data = user_data;
  return entry;
}

// Makes what waits and what was written visible to the kernel.
uint32_t Ring::publish() {
  for (; !backlog_.empty() && room() > 0; backlog_.pop_front()) {
    submissions_[(*sq_tail_ + pending_++) & sq_mask_] = backlog_.front();
  }
  const uint32_t tail = *sq_tail_ + pending_;
  __atomic_store_n(sq_tail_, tail, __ATOMIC_RELEASE);
  pending_ = 0;
  return tail;
}

void Ring::enter(uint32_t wanted) {
  // A submission that failed at once ends a call early: the rest goes by the next. What the kernel
  // takes none of for want of memory goes along another time.
  for (;;) {
    const uint32_t count = publish() - __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE);
    entered_++;
    const long taken = syscall(SYS_io_uring_enter, fd_, count, wanted, kEnterGetEvents, nullptr, 0);
    if (taken < 0 ? errno != EINTR : taken == 0) return;
    if (taken >= static_cast<long>(count) && backlog_.empty()) return;
  }
}

void Ring::take_back(uint32_t mark) {
  for (uint32_t at = __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE); at != *sq_tail_; at++) {
    Submission& entry = submissions_[at & sq_mask_];
    if (static_cast<uint32_t>(entry.user_data) != mark) continue;
    memset(&entry, 0, sizeof entry);
    entry.opcode = kOpNop;
    entry.user_data = kNothing;
  }
}

bool Ring::overflowed() const {
  return (__atomic_load_n(sq_flags_, __ATOMIC_RELAXED) & kSqOverflow) != 0;
}

bool Ring::must_enter() const {
  constexpr uint32_t kShown = kSqOverflow | kSqTaskrun;
  return (__atomic_load_n(sq_flags_, __ATOMIC_RELAXED) & kShown) != 0;
}

bool Ring::next(Completion* out) {
  const uint32_t head = *cq_head_;
  if (head == __atomic_load_n(cq_tail_, __ATOMIC_ACQUIRE)) return false;
  *out = completions_[head & cq_mask_];
  __atomic_store_n(cq_head_, head + 1, __ATOMIC_RELEASE);
  return true;
}

int Ring::register_call(uint32_t what, void* argument, uint32_t count) {
  const long result = syscall(SYS_io_uring_register, fd_, what, argument, count);
  return result < 0 ? -errno : static_cast<int>(result);
}

}  // namespace pike::uring
