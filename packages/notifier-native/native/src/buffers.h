// Where the bytes of a request are: the caller's own memory, which only JavaScript knows. It is
// asked for anew at every attempt and never kept (rule: no pointer into JavaScript memory outlives
// the native call).
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "system.h"

namespace pike {

// Most buffers that one vectored system call takes; the rest follows in the next. See readv(2),
// IOV_MAX.
constexpr int kVectorsMax = 1024;

// A request's memory as the system takes it.
struct Span {
  iovec vectors[kVectorsMax];
  int count = 0;
  uint64_t bytes = 0;       // in `vectors`
  uint64_t total = 0;       // of all buffers, those that did not fit into `vectors` included
};

// Memory for a batch of datagrams: bytes that the program will see, and a table that it won't; see
// loans.h.
struct LoanMemory {
  uint8_t* bytes = nullptr;
  size_t size = 0;
  uint8_t* table = nullptr;
  size_t table_size = 0;
};

// Between memory of ours and a request's: into the first of its buffers, and the next.
inline void copy_out(const uint8_t* from, uint64_t size, const Span& span) {
  for (int i = 0; i < span.count && size > 0; i++) {
    const size_t part = std::min<uint64_t>(size, span.vectors[i].iov_len);
    memcpy(span.vectors[i].iov_base, from, part);
    from += part;
    size -= part;
  }
}
// Out of its buffers, at most `most` bytes; how many there were.
inline uint32_t copy_in(const Span& span, uint8_t* to, uint32_t most) {
  uint32_t size = 0;
  for (int i = 0; i < span.count && size < most; i++) {
    const size_t part = std::min<size_t>(most - size, span.vectors[i].iov_len);
    memcpy(to + size, span.vectors[i].iov_base, part);
    size += static_cast<uint32_t>(part);
  }
  return size;
}

// Implemented by the N-API side.
class BufferSource {
 public:
  virtual ~BufferSource() = default;
  // The caller's memory for a request, without its first `skip` bytes. False: it was detached.
  virtual bool span(uint32_t request, uint64_t skip, Span* out) = 0;
  // The spare memory of this number for a batch of datagrams. False: there is none.
  virtual bool spare(uint32_t index, LoanMemory* out) = 0;
  // Of a request whose memory is a list: the array at `index`; one that was detached is empty.
  // False: there is none.
  virtual bool element(uint32_t request, uint32_t index, iovec* out) = 0;
};

}  // namespace pike
