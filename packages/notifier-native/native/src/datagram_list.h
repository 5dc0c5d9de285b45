// The datagrams of a request that sends many: one array cut in pieces, or a list of arrays. A list
// begins with a table of the TypeScript face's own: the length that each array had when the request
// was submitted, four bytes each, and the address for each if there are addresses.
#pragma once
#include <algorithm>
#include <cstring>

#include "buffers.h"
#include "layout.h"
#include "requests.h"

namespace pike {

// The datagrams of a request, as the caller's memory is now.
class Datagrams {
 public:
  Datagrams(BufferSource& buffers, const Request& request) : buffers_(buffers), request_(request) {}

  // Looks the memory up. False: it was detached.
  bool open() {
    if (pieces()) {
      Span span;
      if (!buffers_.span(request_.id, 0, &span) || span.count > 1) return false;
      if (span.count == 1) whole_ = span.vectors[0];
      count_ = (whole_.iov_len + request_.size - 1) / request_.size;
      return true;
    }
    if (!buffers_.element(request_.id, 0, &table_)) return false;
    count_ = table_.iov_len / (addressed() ? 4 + kAddressBytes : 4);
    return true;
  }
  uint64_t count() const { return count_; }
  // Whether it is one array cut in pieces; all go to one address.
  bool pieces() const { return request_.size > 0; }
  // The memory of the pieces.
  const iovec& whole() const { return whole_; }
  uint32_t piece_bytes() const { return request_.size; }

  // The bytes of one of a list. False: they are not what they were.
  bool bytes(uint64_t index, iovec* out) const {
    uint32_t length = 0;
    memcpy(&length, static_cast<const uint8_t*>(table_.iov_base) + index * 4, sizeof length);
    return buffers_.element(request_.id, static_cast<uint32_t>(index) + 1, out) &&
           out->iov_len == length;
  }
  // One datagram, of either kind. False: it is not what it was.
  bool piece(uint64_t index, iovec* out) const {
    if (!pieces()) return bytes(index, out);
    const size_t start = static_cast<size_t>(index) * request_.size;
    *out = {static_cast<uint8_t*>(whole_.iov_base) + start,
            std::min<size_t>(request_.size, whole_.iov_len - start)};
    return true;
  }
  // The address of one of a list; null: all go to one, or to the peer.
  const uint8_t* address(uint64_t index) const {
    if (!addressed()) return nullptr;
    return static_cast<const uint8_t*>(table_.iov_base) + count_ * 4 + index * kAddressBytes;
  }

 private:
  bool addressed() const { return (request_.flags & kAddresses) != 0; }
  BufferSource& buffers_;
  const Request& request_;
  iovec whole_{};
  iovec table_{};
  uint64_t count_ = 0;
};

}  // namespace pike
