// Datagrams by completion ports; see iocp.h. A receive has room for the largest one there is, so
// that none is cut before its reader's memory is known: a reader that waits costs its socket 64
// KiB.
#include <algorithm>
#include <cstring>

#include "errors.h"
#include "iocp.h"
#include "sockets_windows.h"

namespace pike {

int64_t Iocp::attempt_receive(Request& request, Handle& handle, uint32_t offset,
                              Outcome* outcome) {
  if (!handle.socket) return -kNotSocket;
  Channel& channel = channels_.of(handle);
  Span span;
  if (!memory_of(request, offset, &span)) return -kBuffer;
  if (!channel.has_bytes() && channel.receive_code == 0 && channel.receiving == kNone) {
    start_datagram(handle, channel);
  }
  if (channel.has_bytes()) {
    Ahead& ahead = *channel.ahead;
    const uint32_t length = ahead.to - ahead.from;
    const uint32_t size = static_cast<uint32_t>(std::min<uint64_t>(span.total, length));
    copy_out(ahead.room->bytes, size, span);
    flights_.give_room(std::move(ahead.room));
    outcome->extra = size < length ? 1 : 0;
    if (request.operation == kRecvFrom) write_address(ahead.address, core.shared.slab + offset);
    core.count(kBytesRead, size);
    handle.bytes_read += size;
    return size;
  }
  if (channel.receive_code == 0) return blocked(handle);
  const int64_t result = -channel.receive_code;
  channel.receive_code = 0;
  return result;
}

// Receives one datagram: into the channel at once, or when it comes.
void Iocp::start_datagram(Handle& handle, Channel& channel) {
  if (const int code = arm(handle); code != 0) {
    channel.receive_code = static_cast<int16_t>(code);
    return;
  }
  for (;;) {
    Flight& flight = flights_.open(FlightKind::kDatagram, handle.token());
    flight.room = flights_.take_room();
    flight.address_size = sizeof flight.room->address;
    flight.flags = 0;
    WSABUF buffer{sizeof flight.room->bytes, reinterpret_cast<char*>(flight.room->bytes)};
    handle.system_calls++;
    const int called =
        WSARecvFrom(system_socket(handle), &buffer, 1, nullptr, &flight.flags,
                    reinterpret_cast<sockaddr*>(&flight.room->address), &flight.address_size,
                    &flight.overlapped, nullptr);
    const int error = called == 0 ? 0 : WSAGetLastError();
    uint32_t size = 0;
    const int64_t result = begun(flight, channel, error, &size);
    if (result == kPending) {
      channel.receiving = flight.index;
      return;
    }
    if (result == 0) {
      land_datagram(flight, handle, channel, 0);
      over(flight);
      return;
    }
    if (is_refusal(error) && !handle.connected) continue;
    const int64_t code = is_refusal(error) ? int64_t{kConnectionRefused} : -result;
    channel.receive_code = static_cast<int16_t>(code);
    return;
  }
}

void Iocp::land_datagram(Flight& flight, Handle& handle, Channel& channel, int error) {
  if (error == ERROR_OPERATION_ABORTED) return;
  if (error != 0) {
    if (is_refusal(error) && !handle.connected) return;  // served again, it starts the next one
    const int code = is_refusal(error) ? kConnectionRefused : code_of(error);
    channel.receive_code = static_cast<int16_t>(code);
    return;
  }
  Ahead& ahead = channel.held();
  ahead.from = 0;
  ahead.to = static_cast<uint32_t>(flight.overlapped.InternalHigh);
  ahead.address.length = flight.address_size;
  ahead.address.storage = flight.room->address;
  ahead.room = std::move(flight.room);
}

int64_t Iocp::attempt_send_to(Request& request, Handle& handle) {
  if (!handle.socket) return -kNotSocket;
  Channel& channel = channels_.of(handle);
  if (channel.sending != kNone) return kPending;
  if (request.begun) {
    request.begun = false;
    const int code = channel.send_code;
    channel.send_code = 0;
    return code != 0 ? -code : static_cast<int64_t>(request.transferred);
  }
  Span span;
  if (!buffers.span(request.id, 0, &span)) return -kBuffer;
  SystemAddress to;
  if (const int code = address_of(request, &to); code != 0) return -code;
  return send_piece(request, handle, channel, span, &to);
}

}  // namespace pike
