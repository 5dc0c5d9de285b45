// Many datagrams by one request, over completion ports: Windows has no call for several, so each is
// received or sent by a call of its own, as long as that is done at once. See iocp.h.
#include <algorithm>
#include <cstring>

#include "datagram_list.h"
#include "errors.h"
#include "iocp.h"
#include "loans.h"

namespace pike {

namespace {

// Datagrams of one request in one go, before others get their turn.
constexpr int kSendsPerTurn = 64;

}  // namespace

int64_t Iocp::attempt_receive_many(Request& request, Handle& handle, Outcome* outcome) {
  if (handle.kind != Kind::kDatagram) return -code_of(WSAEOPNOTSUPP);
  if (request.size == 0) return -kInvalid;
  Channel& channel = channels_.of(handle);
  LoanMemory memory;
  if (!buffers.spare(core.next_spare, &memory)) {
    core.count(kSparesWanted);
    return core.next_spare == 0 ? -code_of(ERROR_NOT_ENOUGH_MEMORY) : kYield;
  }
  Loan loan(memory);
  const int slots = loan.lay_out(handle, request.size);
  int count = 0;
  for (; count < slots; count++) {
    if (!channel.has_bytes() && channel.receive_code == 0 && channel.receiving == kNone) {
      start_datagram(handle, channel);
    }
    if (!channel.has_bytes()) break;
    Ahead& ahead = *channel.ahead;
    const uint32_t length = ahead.to - ahead.from;
    const uint32_t size = std::min(length, request.size);
    memcpy(loan.slot(count), ahead.room->bytes, size);
    loan.enter(count, size, 0, size < length);
    write_address(ahead.address, loan.address(count));
    flights_.give_room(std::move(ahead.room));
    core.count(kBytesRead, size);
    handle.bytes_read += size;
  }
  if (count > 0) {
    outcome->extra = core.next_spare++;
    return count;
  }
  if (channel.receive_code == 0) return blocked(handle);
  const int64_t result = -channel.receive_code;
  channel.receive_code = 0;
  return result;
}

int64_t Iocp::attempt_send_many(Request& request, Handle& handle, Outcome* outcome) {
  const auto failed = [&](int64_t code) {
    outcome->extra = static_cast<double>(request.transferred);
    return -code;
  };
  if (handle.kind != Kind::kDatagram) return failed(code_of(WSAEOPNOTSUPP));
  Channel& channel = channels_.of(handle);
  if (channel.sending != kNone) return kPending;
  if (request.begun) {
    request.begun = false;
    const int code = channel.send_code;
    channel.send_code = 0;
    if (code != 0) return failed(code);
  }
  Datagrams list(buffers, request);
  if (!list.open()) return failed(kBuffer);
  if (request.total == 0) request.total = list.count();
  if (list.count() < request.total) return failed(kBuffer);
  SystemAddress common;
  const bool addressed = (request.flags & kAddressed) != 0;
  const int unread = addressed ? address_of(request, &common) : 0;
  if (unread != 0) return failed(unread);
  for (int sends = 0; request.transferred < request.total; sends++) {
    if (sends == kSendsPerTurn) return kYield;
    Span span;
    if (!list.piece(request.transferred, &span.vectors[0])) return failed(kBuffer);
    span.count = 1;
    span.bytes = span.total = span.vectors[0].iov_len;
    SystemAddress own;
    const uint8_t* const wire = list.address(request.transferred);
    const bool has_own = wire != nullptr && wire[0] != kWireNone;
    if (has_own && !read_address(wire, &own)) return failed(kInvalid);
    const bool to_common = addressed && wire == nullptr;
    const SystemAddress* to = has_own ? &own : to_common ? &common : nullptr;
    if (to == nullptr && !handle.connected) return failed(kDestinationRequired);
    const int64_t sent = send_piece(request, handle, channel, span, to);
    if (sent == kPending) return kPending;
    if (sent < 0) return failed(-sent);
    request.transferred++;
  }
  return static_cast<int64_t>(request.total);
}

}  // namespace pike
