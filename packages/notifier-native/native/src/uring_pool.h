// The memory that io_uring receives into: one ring of buffers for all handles of a notifier, so
// that an idle connection holds none. A buffer is lent to the handle whose bytes it carries until
// they are read.
#pragma once
#include <cstdint>

#include "uring_ring.h"

namespace pike::uring {

constexpr uint32_t kBuffers = 1024;
constexpr uint32_t kBufferBytes = 2048;
constexpr uint16_t kNoBuffer = 0xffff;

class Pool {
 public:
  ~Pool();
  // Takes memory and tells the ring of it. 0 or an errno.
  int open(Ring& ring);
  bool opened() const { return ring_ != nullptr; }
  const uint8_t* bytes(uint16_t id) const {
    return memory_ + static_cast<uint32_t>(id) * kBufferBytes;
  }
  // A completion brought a buffer: the kernel has one less.
  void lent() { free_--; }
  // Gives a buffer back to the kernel.
  void give_back(uint16_t id);
  // How many the kernel has.
  uint32_t free() const { return free_; }
  // The kernel may still write into it: the memory is never given back to the system.
  void leak();

  // Buffers lent to one handle are chained in the order of their bytes.
  uint16_t next[kBuffers];
  uint16_t length[kBuffers];

 private:
  ProvidedBuffer* ring_ = nullptr;
  uint8_t* memory_ = nullptr;
  uint16_t tail_ = 0;
  uint32_t free_ = 0;
};

}  // namespace pike::uring
