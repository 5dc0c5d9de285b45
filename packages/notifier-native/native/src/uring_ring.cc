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

// Best first. One thread submits, and completions are worked off when that thread asks (6.1);
// cooperative work (5.19); whatever there is.
constexpr uint32_t kSetups[] = {
    kSetupSubmitAll | kSetupSingleIssuer | kSetupDeferTaskrun,
    kSetupSubmitAll | kSetupCoopTaskrun,
    0,
};

constexpr uint32_t kOverflowFlag = 1u << 1;  // IORING_SQ_CQ_OVERFLOW

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

int Ring::open(uint32_t entries, uint32_t completions) {
  for (const uint32_t setup : kSetups) {
    Parameters parameters{};
    parameters.flags = setup | kSetupCqSize | kSetupClamp;
    parameters.cq_entries = completions;
    fd_ = static_cast<int>(syscall(SYS_io_uring_setup, entries, &parameters));
    if (fd_ >= 0) {
      flags_ = setup;
      constexpr uint32_t needed = kFeatSingleMmap | kFeatNoDrop | kFeatExtArg;
      if ((parameters.features & needed) != needed) return ENOSYS;
      return map(parameters);
    }
    if (errno != EINVAL) return errno;
  }
  return EINVAL;
}

int Ring::map(const Parameters& parameters) {
  rings_size_ = std::max<size_t>(parameters.sq.array + parameters.sq_entries * sizeof(uint32_t),
                                 parameters.cq.cqes + parameters.cq_entries * sizeof(Completion));
  void* rings = mmap(nullptr, rings_size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_,
                     kOffsetSqRing);
  if (rings == MAP_FAILED) return errno;
  rings_ = rings;
  submissions_size_ = parameters.sq_entries * sizeof(Submission);
  void* submissions = mmap(nullptr, submissions_size_, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_POPULATE, fd_, kOffsetSqes);
  if (submissions == MAP_FAILED) return errno;
  submissions_ = static_cast<Submission*>(submissions);
  sq_head_ = at<uint32_t>(rings_, parameters.sq.head);
  sq_tail_ = at<uint32_t>(rings_, parameters.sq.tail);
  sq_flags_ = at<uint32_t>(rings_, parameters.sq.flags);
  sq_mask_ = *at<uint32_t>(rings_, parameters.sq.ring_mask);
  sq_entries_ = parameters.sq_entries;
  cq_head_ = at<uint32_t>(rings_, parameters.cq.head);
  cq_tail_ = at<uint32_t>(rings_, parameters.cq.tail);
  cq_mask_ = *at<uint32_t>(rings_, parameters.cq.ring_mask);
  completions_ = at<Completion>(rings_, parameters.cq.cqes);
  // The array of indices never changes: entry n is submission n.
  uint32_t* array = at<uint32_t>(rings_, parameters.sq.array);
  for (uint32_t i = 0; i < sq_entries_; i++) array[i] = i;
  probe();
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
  for (uint32_t i = 0; i <= found.last && i < 256; i++)
    supported_[i] = (found.rows[i].flags & 1) != 0;
}

uint32_t Ring::room() const {
  return sq_entries_ - pending_ - (*sq_tail_ - __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE));
}

Submission* Ring::submission(Opcode opcode, int fd, uint64_t user_data) {
  if (room() == 0) enter(0, 0);
  if (room() == 0) return nullptr;
  Submission* entry = &submissions_[(*sq_tail_ + pending_) & sq_mask_];
  memset(entry, 0, sizeof *entry);
  entry->opcode = opcode;
  entry->fd = fd;
  entry->user_data = user_data;
  pending_++;
  return entry;
}

int Ring::enter(uint32_t want, int timeout_ms) {
  const uint32_t tail = *sq_tail_ + pending_;
  __atomic_store_n(sq_tail_, tail, __ATOMIC_RELEASE);
  pending_ = 0;
  // What an earlier call left in the queue goes along.
  const uint32_t count = tail - __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE);
  Timespec timeout = {timeout_ms / 1000, (timeout_ms % 1000) * 1000000LL};
  WaitArgument argument{};
  if (timeout_ms >= 0) argument.timeout = reinterpret_cast<uint64_t>(&timeout);
  entered_++;
  const long entered = syscall(SYS_io_uring_enter, fd_, count, want, kEnterGetEvents | kEnterExtArg,
                               &argument, sizeof argument);
  return entered < 0 ? -errno : static_cast<int>(entered);
}

bool Ring::next(Completion* out) {
  const uint32_t head = *cq_head_;
  if (head == __atomic_load_n(cq_tail_, __ATOMIC_ACQUIRE)) return false;
  *out = completions_[head & cq_mask_];
  __atomic_store_n(cq_head_, head + 1, __ATOMIC_RELEASE);
  return true;
}

bool Ring::overflowed() const {
  return (__atomic_load_n(sq_flags_, __ATOMIC_RELAXED) & kOverflowFlag) != 0;
}

int Ring::register_call(uint32_t what, void* argument, uint32_t count) {
  const long result = syscall(SYS_io_uring_register, fd_, what, argument, count);
  return result < 0 ? -errno : static_cast<int>(result);
}

}  // namespace pike::uring
