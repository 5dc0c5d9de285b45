// One try to send many datagrams: as few system calls as there are messages for, and as few
// messages as the system can cut into datagrams by itself (UDP GSO).
// Nothing of the list is kept here between two tries; `transferred` counts the datagrams that went,
// `total` all there were.
#include <errno.h>

#include <algorithm>
#include <cstring>

#include "datagram_list.h"
#include "datagrams.h"
#include "errors.h"
#include "reactor.h"

namespace pike {

namespace {

// What one system call may carry; one that carries it all counts as two results of a turn. Each
// other counts as one: a long list pauses only where others have to get their turn.
constexpr uint64_t kBytesPerCall = 1 << 20;

bool refuses_segments(int error) {
  // EINVAL and EMSGSIZE: a datagram does not go into one packet of the path, so it cannot be cut
  // out of another; EIO: the device does not do checksums.
  return error == EINVAL || error == EMSGSIZE || error == EIO || error == EOPNOTSUPP ||
         error == ENOPROTOOPT;
}

// Whether two addresses on the wire are the same; see address.h.
bool same_address(const uint8_t* one, const uint8_t* other) {
  const size_t size = one[0] == kWireIpv4 ? 16 : one[0] == kWireIpv6 ? 28 : 12 + one[1];
  return memcmp(one, other, size) == 0;
}

// The messages of one system call, made of as many datagrams as go into it.
class Call {
 public:
  // Datagrams longer than `segment_max` are not merged. `address`: where all go that have no
  // address of their own; null: to the peer.
  Call(const Datagrams& datagrams, uint32_t segment_max, SystemAddress* address)
      : datagrams_(datagrams), segment_max_(segment_max), common_(address) {}

  // Takes datagrams from one on. 0 or a Code; with a code, those before the one in question are
  // there to be sent.
  int fill(uint64_t first) { return datagrams_.pieces() ? fill_pieces(first) : fill_list(first); }

  int count() const { return count_; }
  const Message* messages() const { return messages_; }
  bool merged() const { return messages_[0].segment > 0; }
  // The length of the first datagram.
  uint32_t first_bytes() const { return merged() ? messages_[0].segment : messages_[0].bytes; }
  uint64_t datagrams(int count) const {
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) sum += datagrams_in_[i];
    return sum;
  }
  uint64_t bytes(int count) const {
    uint64_t sum = 0;
    for (int i = 0; i < count; i++) sum += messages_[i].bytes;
    return sum;
  }

 private:
  int fill_pieces(uint64_t first) {
    const iovec& whole = datagrams_.whole();
    const uint32_t size = datagrams_.piece_bytes();
    const uint32_t fit = std::min<uint32_t>(kSegmentsMax, kSegmentedBytesMax / size);
    const size_t take = static_cast<size_t>(size) * (size > segment_max_ || fit == 0 ? 1 : fit);
    size_t start = first * size;
    while (start < whole.iov_len && count_ < kMessagesMax && bytes_ < kBytesPerCall) {
      const size_t bytes = std::min(take, whole.iov_len - start);
      vectors_[count_] = {static_cast<uint8_t*>(whole.iov_base) + start, bytes};
      Message& message = begin(common_);
      message.count = 1;
      message.bytes = static_cast<uint32_t>(bytes);
      message.segment = bytes > size ? size : 0;
      datagrams_in_[count_ - 1] = static_cast<uint32_t>((bytes + size - 1) / size);
      vectors_used_++;
      bytes_ += bytes;
      start += bytes;
    }
    return 0;
  }

  int fill_list(uint64_t first) {
    for (uint64_t index = first; index < datagrams_.count(); index++) {
      if (vectors_used_ == kVectorsMax || bytes_ >= kBytesPerCall) return 0;
      iovec one;
      if (!datagrams_.bytes(index, &one)) return kBuffer;
      const uint8_t* const wire = datagrams_.address(index);
      if (!joins(one, wire)) {
        if (count_ == kMessagesMax) return 0;
        SystemAddress* to = common_;
        if (wire != nullptr) {
          to = wire[0] == kWireNone ? nullptr : &addresses_[count_];
          if (to != nullptr && !read_address(wire, to)) return address_refusal(wire);
        }
        begin(to);
        wire_ = wire;
      }
      Message& message = messages_[count_ - 1];
      vectors_[vectors_used_++] = one;
      if (message.count++ == 0) first_ = static_cast<uint32_t>(one.iov_len);
      else message.segment = first_;
      message.bytes += static_cast<uint32_t>(one.iov_len);
      datagrams_in_[count_ - 1]++;
      last_ = static_cast<uint32_t>(one.iov_len);
      bytes_ += one.iov_len;
    }
    return 0;
  }

  // Whether a datagram can go into the message before it: to the same address, and as long as those
  // in it, or shorter and then the last.
  bool joins(const iovec& one, const uint8_t* wire) const {
    if (count_ == 0 || one.iov_len == 0 || one.iov_len > first_) return false;
    if (last_ != first_ || first_ > segment_max_) return false;
    const Message& message = messages_[count_ - 1];
    if (message.count == kSegmentsMax) return false;
    if (message.bytes + one.iov_len > kSegmentedBytesMax) return false;
    return wire == nullptr || same_address(wire, wire_);
  }

  Message& begin(SystemAddress* to) {
    Message& message = messages_[count_];
    message = {};
    message.vectors = vectors_ + vectors_used_;
    message.address = to;
    datagrams_in_[count_++] = 0;
    return message;
  }

  const Datagrams& datagrams_;
  const uint32_t segment_max_;
  SystemAddress* const common_;
  Message messages_[kMessagesMax];
  uint32_t datagrams_in_[kMessagesMax];
  SystemAddress addresses_[kMessagesMax];
  iovec vectors_[kVectorsMax];
  int vectors_used_ = 0;
  int count_ = 0;
  uint64_t bytes_ = 0;
  // Of the last message: the length of its first and of its last datagram, and where it goes.
  uint32_t first_ = 0;
  uint32_t last_ = 0;
  const uint8_t* wire_ = nullptr;
};

}  // namespace

int64_t Reactor::attempt_send_many(Request& request, Handle& handle, Outcome* outcome) {
  const auto failed = [&](int code) {
    outcome->extra = static_cast<double>(request.transferred);
    return -static_cast<int64_t>(code);
  };
  if (handle.kind != Kind::kDatagram) return failed(code_of(EOPNOTSUPP));
  Datagrams datagrams(buffers, request);
  if (!datagrams.open()) return failed(kBuffer);
  if (request.total == 0) request.total = datagrams.count();
  if (datagrams.count() < request.total) return failed(kBuffer);
  SystemAddress to;
  const bool addressed = (request.flags & kAddressed) != 0;
  if (addressed) {
    if (const int code = address_of(request, &to); code != 0) return failed(code);
  }
  const bool may = may_segment(handle);
  const uint16_t longest = handle.segment_max;
  for (int calls = 0; request.transferred < request.total; calls++) {
    if (calls > 0 && !spend(handle)) return kYield;
    Call call(datagrams, may ? handle.segment_max : 0, addressed ? &to : nullptr);
    const int code = call.fill(request.transferred);
    if (call.count() == 0) return failed(code);
    called(handle);
    const int went = send_messages(handle.fd, call.messages(), call.count());
    if (went > 0) {
      const uint64_t bytes = call.bytes(went);
      core.count(kBytesWritten, static_cast<double>(bytes));
      handle.bytes_written += bytes;
      handle.given += static_cast<uint32_t>(bytes / kBytesPerCall);
      request.transferred += call.datagrams(went);
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (would_block(error)) return blocked(handle, false);
    if (lacks_space(handle, error)) return kPending;
    if (call.merged() && refuses_segments(error)) {
      const bool too_long = error == EINVAL || error == EMSGSIZE;
      handle.segment_max = static_cast<uint16_t>(too_long ? call.first_bytes() - 1 : 0);
      continue;
    }
    // Not merging did not help, so it was not at fault.
    if (error == EINVAL) handle.segment_max = longest;
    return failed(code_of(error));
  }
  return static_cast<int64_t>(request.total);
}

bool Reactor::may_segment(Handle& handle) {
  if (!core.limits.offload) return false;
  if (!handle.asked_segments) {
    handle.asked_segments = true;
    called(handle);
    if (!can_segment(handle.fd)) handle.segment_max = 0;
  }
  return handle.segment_max > 0;
}

}  // namespace pike
