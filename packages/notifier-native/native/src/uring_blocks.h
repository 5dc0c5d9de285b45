// The memory that io_uring sends from: copies of what was written, in blocks of one size, one for a
// handle at most. A notifier has so many and no more; with none left, writes go out by calls.
#pragma once
#include <cstdint>

namespace pike::uring {

constexpr uint32_t kBlocks = 128;
constexpr uint32_t kBlockBytes = 16384;
constexpr uint16_t kNoBlock = 0xffff;

// Bytes of one handle's pending writes, in order.
struct Block {
  uint32_t filled = 0;
  uint32_t sent = 0;
  uint64_t token = 0;   // its handle
  bool flying = false;  // the kernel has it
  uint16_t next = kNoBlock;
};

class Blocks {
 public:
  Blocks();
  ~Blocks();
  // An empty block, or kNoBlock.
  uint16_t take(uint64_t token);
  void give_back(uint16_t id);
  Block& at(uint16_t id) { return blocks_[id]; }
  uint8_t* bytes(uint16_t id) const { return memory_ + static_cast<uint32_t>(id) * kBlockBytes; }
  // The kernel may still read it: the memory is never given back to the system.
  void leak() { memory_ = nullptr; }

 private:
  Block blocks_[kBlocks];
  uint16_t free_ = 0;
  uint8_t* memory_ = nullptr;  // taken with the first block
};

}  // namespace pike::uring
