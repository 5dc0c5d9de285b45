// Memory lent with datagrams in it; see loans.h.
#include "loans.h"

#include <algorithm>
#include <cstring>

namespace pike {

namespace {

// Slots begin on a cache line of their own. Their distance is no power of two, or near one: equal
// places in them would share few lines of the processor's caches.
constexpr uint32_t kLine = 64;
constexpr uint32_t kStagger = 3 * kLine;

uint32_t stride_for(uint32_t size) { return (size + kLine - 1) / kLine * kLine + kStagger; }

}  // namespace

int Loan::lay_out(const Handle& handle, uint32_t size) {
  const uint32_t stride = stride_for(size);
  const bool same = numbers_[kOwnerSlot] == handle.slot &&
                    numbers_[kOwnerGeneration] == handle.generation &&
                    numbers_[kStride] == stride;
  if (!same) wipe();
  numbers_[kOwnerSlot] = handle.slot;
  numbers_[kOwnerGeneration] = handle.generation;
  numbers_[kStride] = stride;
  numbers_[kDatagrams] = 0;
  return static_cast<int>(
      std::min<size_t>(kLoanSlots, (memory_.size - size) / stride + 1));
}

void Loan::enter(int index, uint32_t bytes, uint32_t segment, bool cut) {
  uint32_t* run = numbers_ + kLoanHeader + static_cast<uint32_t>(index) * kLoanRunNumbers;
  run[0] = offset(index);
  run[1] = bytes;
  run[2] = segment;
  run[3] = cut ? 1 : 0;
  numbers_[kDatagrams] += segment == 0 ? 1 : (bytes + segment - 1) / segment;
  uint32_t& written = numbers_[kLoanWritten + static_cast<uint32_t>(index)];
  written = std::max(written, bytes);
}

void Loan::wipe() {
  for (uint32_t i = 0; i < kLoanSlots; i++) {
    uint32_t& written = numbers_[kLoanWritten + i];
    if (written == 0) continue;
    const uint64_t start = static_cast<uint64_t>(i) * numbers_[kStride];
    if (start < memory_.size) {
      memset(memory_.bytes + start, 0, std::min<uint64_t>(written, memory_.size - start));
    }
    written = 0;
  }
}

}  // namespace pike
