// The receive buffers of io_uring; see uring_pool.h, io_uring_register(2),
// IORING_REGISTER_PBUF_RING.
#include "uring_pool.h"

#include <errno.h>
#include <sys/mman.h>

namespace pike::uring {

namespace {

constexpr size_t kRingSize = kBuffers * sizeof(ProvidedBuffer);
constexpr size_t kMemorySize = static_cast<size_t>(kBuffers) * kBufferBytes;

void* take_memory(size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

}  // namespace

Pool::~Pool() {
  if (ring_ != nullptr) munmap(ring_, kRingSize);
  if (memory_ != nullptr) munmap(memory_, kMemorySize);
}

void Pool::leak() {
  ring_ = nullptr;
  memory_ = nullptr;
}

int Pool::open(Ring& ring) {
  ring_ = static_cast<ProvidedBuffer*>(take_memory(kRingSize));
  memory_ = static_cast<uint8_t*>(take_memory(kMemorySize));
  if (ring_ == nullptr || memory_ == nullptr) return ENOMEM;
  ProvidedRing about{};
  about.address = reinterpret_cast<uint64_t>(ring_);
  about.entries = kBuffers;
  const int registered = ring.register_call(kRegisterProvidedRing, &about, 1);
  if (registered < 0) return -registered;
  for (uint32_t id = 0; id < kBuffers; id++) give_back(static_cast<uint16_t>(id));
  return 0;
}

void Pool::give_back(uint16_t id) {
  ProvidedBuffer& entry = ring_[tail_ & (kBuffers - 1)];
  entry.address = reinterpret_cast<uint64_t>(bytes(id));
  entry.length = kBufferBytes;
  entry.id = id;
  tail_++;
  free_++;
  // The ring's tail lies in the first entry's last two bytes.
  __atomic_store_n(&ring_[0].tail, tail_, __ATOMIC_RELEASE);
}

}  // namespace pike::uring
