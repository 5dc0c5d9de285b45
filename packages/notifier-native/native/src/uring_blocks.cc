// The send buffers of io_uring; see uring_blocks.h.
#include "uring_blocks.h"

#include <sys/mman.h>

#include <cstddef>

namespace pike::uring {

namespace {

constexpr size_t kMemorySize = static_cast<size_t>(kBlocks) * kBlockBytes;

}  // namespace

Blocks::Blocks() {
  for (uint16_t id = 0; id < kBlocks; id++) {
    blocks_[id].next = id + 1u < kBlocks ? static_cast<uint16_t>(id + 1) : kNoBlock;
  }
}

Blocks::~Blocks() {
  if (memory_ != nullptr) munmap(memory_, kMemorySize);
}

uint16_t Blocks::take(uint64_t token) {
  if (memory_ == nullptr) {
    void* memory =
        mmap(nullptr, kMemorySize, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    if (memory == MAP_FAILED) return kNoBlock;
    memory_ = static_cast<uint8_t*>(memory);
  }
  const uint16_t id = free_;
  if (id == kNoBlock) return kNoBlock;
  free_ = blocks_[id].next;
  blocks_[id] = Block();
  blocks_[id].token = token;
  return id;
}

void Blocks::give_back(uint16_t id) {
  blocks_[id].next = free_;
  free_ = id;
}

}  // namespace pike::uring
