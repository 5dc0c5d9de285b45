// Reading and writing by completion ports: streams, pipes and whatever else takes ReadFile and
// WriteFile. See iocp.h.
#include <algorithm>
#include <cstring>

#include "errors.h"
#include "iocp.h"
#include "sockets_windows.h"

namespace pike {

namespace {

// Pieces of one write in one go, before others get their turn.
constexpr int kSendsPerTurn = 4;

// Codes that end a connection: every later reader hears of them.
bool ends_stream(int code) {
  switch (code) {
    case kConnectionReset:
    case kConnectionTimedOut:
    case kHostUnreachable:
    case kNetUnreachable:
      return true;
    default:
      return false;
  }
}

int no_peer(const Handle& handle) {
  return handle.kind == Kind::kDatagram ? kDestinationRequired : kBrokenPipe;
}

// What a stream's end looks like besides a receive of nothing: a pipe whose writer is gone, and a
// socket whose reading side was shut down.
bool is_end(int error) {
  return error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF || error == WSAESHUTDOWN ||
         error == WSAEDISCON;
}

int error_of(bool succeeded, bool socket) {
  if (succeeded) return 0;
  return socket ? WSAGetLastError() : static_cast<int>(GetLastError());
}

int start_receive(const Handle& handle, Flight& flight, void* to, uint32_t size) {
  if (!handle.socket) {
    const HANDLE file = reinterpret_cast<HANDLE>(handle.fd);
    return error_of(ReadFile(file, to, size, nullptr, &flight.overlapped) != 0, false);
  }
  WSABUF buffer{size, static_cast<char*>(to)};
  flight.flags = 0;
  const SOCKET socket = static_cast<SOCKET>(handle.fd);
  const int called =
      WSARecv(socket, &buffer, 1, nullptr, &flight.flags, &flight.overlapped, nullptr);
  return error_of(called == 0, true);
}

int start_send(const Handle& handle, Flight& flight, const void* from, uint32_t size) {
  void* const bytes = const_cast<void*>(from);
  if (!handle.socket) {
    const HANDLE file = reinterpret_cast<HANDLE>(handle.fd);
    return error_of(WriteFile(file, bytes, size, nullptr, &flight.overlapped) != 0, false);
  }
  WSABUF buffer{size, static_cast<char*>(bytes)};
  const SOCKET socket = static_cast<SOCKET>(handle.fd);
  if (flight.kind != FlightKind::kSendTo) {
    const int called = WSASend(socket, &buffer, 1, nullptr, 0, &flight.overlapped, nullptr);
    return error_of(called == 0, true);
  }
  const int called = WSASendTo(socket, &buffer, 1, nullptr, 0,
                               reinterpret_cast<sockaddr*>(&flight.room->address),
                               flight.address_size, &flight.overlapped, nullptr);
  return error_of(called == 0, true);
}

}  // namespace

// Where a read's bytes go: the slab, for a chunk, or the caller's memory as it is now.
bool Iocp::memory_of(const Request& request, uint32_t offset, Span* out) {
  if (request.size == 0) return buffers.span(request.id, 0, out);
  out->vectors[0] = {core.shared.slab + offset, request.size};
  out->count = 1;
  out->bytes = out->total = request.size;
  return true;
}

int64_t Iocp::failed(Handle& handle, int error) {
  int code = code_of(error);
  // Also a send may tell what became of an earlier datagram.
  if (handle.kind == Kind::kDatagram && is_refusal(error)) code = kConnectionRefused;
  if (handle.kind != Kind::kStream) return -code;
  // Nobody but the peer aborts a connection of ours: what came with data unread, Windows tells so.
  if (code == kConnectionAborted) code = kConnectionReset;
  if (ends_stream(code)) handle.broken = static_cast<int16_t>(code);
  return -code;
}

// --- Reading
// ----------------------------------------------------------------------------------------------

int64_t Iocp::attempt_read(Request& request, Handle& handle, uint32_t offset) {
  Channel& channel = channels_.of(handle);
  Span span;
  if (!memory_of(request, offset, &span) || span.total == 0) return -kBuffer;
  if (channel.has_bytes()) return take_ahead(handle, channel, span);
  if (handle.broken != 0) return -handle.broken;
  if (channel.read_shut) return 0;
  if (channel.receive_code != 0) {
    const int64_t result = -channel.receive_code;
    channel.receive_code = 0;
    return result;
  }
  if (channel.receiving != kNone) return blocked(handle);
  if (handle.kind == Kind::kStream && !handle.connected) return -kNotConnected;
  if (can_probe(handle) && !channel.readable) {
    const int64_t waiting = probe(handle, channel);
    if (waiting != 0) return waiting;
  }
  channel.readable = false;
  return receive(handle, channel, span);
}

// Asks for no bytes, which comes back once there are some, or the end. 0: that is now.
int64_t Iocp::probe(Handle& handle, Channel& channel) {
  if (const int code = arm(handle); code != 0) return -code;
  Flight& flight = flights_.open(FlightKind::kProbe, handle.token());
  handle.system_calls++;
  const int error = start_receive(handle, flight, nullptr, 0);
  uint32_t size = 0;
  const int64_t result = begun(flight, channel, error, &size);
  if (result == kPending) {
    channel.receiving = flight.index;
    return blocked(handle);
  }
  if (result == 0) over(flight);
  else if (!is_end(error)) return failed(handle, error);
  return 0;
}

int64_t Iocp::receive(Handle& handle, Channel& channel, const Span& span) {
  if (const int code = arm(handle); code != 0) return -code;
  Flight& flight = flights_.open(FlightKind::kReceive, handle.token());
  flight.room = flights_.take_room();
  const uint32_t room = static_cast<uint32_t>(std::min<uint64_t>(span.total, kChunkBytesMax));
  handle.system_calls++;
  const int error = start_receive(handle, flight, flight.room->bytes, room);
  uint32_t size = 0;
  const int64_t result = begun(flight, channel, error, &size);
  if (result == kPending) {
    channel.receiving = flight.index;
    return blocked(handle);
  }
  if (result != 0) return is_end(error) ? 0 : failed(handle, error);
  copy_out(flight.room->bytes, size, span);
  over(flight);
  core.count(kBytesRead, size);
  handle.bytes_read += size;
  return size;
}

// For who waits on what cannot be probed: the bytes stay with the handle for the next reader.
void Iocp::receive_ahead(Handle& handle, Channel& channel) {
  if (arm(handle) != 0) return;
  Flight& flight = flights_.open(FlightKind::kReceive, handle.token());
  flight.room = flights_.take_room();
  handle.system_calls++;
  const int error = start_receive(handle, flight, flight.room->bytes, kChunkBytesMax);
  uint32_t size = 0;
  const int64_t result = begun(flight, channel, error, &size);
  if (result == kPending) {
    channel.receiving = flight.index;
    return;
  }
  if (result != 0) {
    land_probe(handle, channel, error);
    return;
  }
  land_receive(flight, handle, channel, 0);
  over(flight);
}

// Bytes that came while nobody could take them.
int64_t Iocp::take_ahead(Handle& handle, Channel& channel, const Span& span) {
  Ahead& ahead = *channel.ahead;
  const uint32_t held = ahead.to - ahead.from;
  const uint32_t size = static_cast<uint32_t>(std::min<uint64_t>(span.total, held));
  copy_out(ahead.room->bytes + ahead.from, size, span);
  ahead.from += size;
  if (ahead.from == ahead.to) flights_.give_room(std::move(ahead.room));
  core.count(kBytesRead, size);
  handle.bytes_read += size;
  return size;
}

void Iocp::land_probe(Handle& handle, Channel& channel, int error) {
  if (error == ERROR_OPERATION_ABORTED) return;
  // The end of the stream, or an error: the next receive tells it, unless it is told only once.
  channel.readable = true;
  if (error == 0 || is_end(error) || error == ERROR_MORE_DATA) return;
  const int64_t result = failed(handle, error);
  if (handle.broken == 0) channel.receive_code = static_cast<int16_t>(-result);
}

void Iocp::land_receive(Flight& flight, Handle& handle, Channel& channel, int error) {
  if (error == ERROR_OPERATION_ABORTED) return;
  const uint32_t size = static_cast<uint32_t>(flight.overlapped.InternalHigh);
  if (size > 0 && (error == 0 || error == ERROR_MORE_DATA)) {
    Ahead& ahead = channel.held();
    ahead.room = std::move(flight.room);
    ahead.from = 0;
    ahead.to = size;
    return;
  }
  land_probe(handle, channel, error);
}

// --- Writing
// ----------------------------------------------------------------------------------------------

int64_t Iocp::attempt_write(Request& request, Handle& handle, Outcome* outcome) {
  Channel& channel = channels_.of(handle);
  if (channel.sending != kNone) return kPending;
  outcome->extra = static_cast<double>(request.transferred);
  if (request.begun) {
    request.begun = false;
    const int code = channel.send_code;
    channel.send_code = 0;
    if (code != 0) return -code;
    if ((request.flags & kAll) == 0 || request.transferred >= request.total) {
      return static_cast<int64_t>(request.transferred);
    }
  }
  for (int sends = 0; sends < kSendsPerTurn; sends++) {
    Span span;
    if (!buffers.span(request.id, request.transferred, &span)) return -kBuffer;
    const uint64_t total = request.transferred + span.total;
    if (request.total == 0) request.total = total;
    if (total < request.total) return -kBuffer;
    if (handle.kind != Kind::kDatagram) {
      if (span.total == 0) return static_cast<int64_t>(total);
      if (handle.broken != 0) return -kBrokenPipe;
    }
    // What Windows says of this differs with what the socket went through before.
    if (handle.socket && !handle.connected) return -no_peer(handle);
    const int64_t sent = send_piece(request, handle, channel, span, nullptr);
    if (sent < 0) return sent;
    request.transferred += static_cast<uint64_t>(sent);
    outcome->extra = static_cast<double>(request.transferred);
    if ((request.flags & kAll) == 0 || request.transferred >= request.total) {
      return static_cast<int64_t>(request.transferred);
    }
  }
  return kYield;
}

// Copies what fits into memory of ours, and sends it. Its size, kPending or a negated code.
int64_t Iocp::send_piece(Request& request, Handle& handle, Channel& channel, const Span& span,
                         const SystemAddress* to) {
  const bool whole = handle.kind == Kind::kDatagram;
  if (whole && (span.total > kChunkBytesMax || span.bytes < span.total)) return -kMessageSize;
  if (const int code = arm(handle); code != 0) return -code;
  Flight& flight = flights_.open(to == nullptr ? FlightKind::kSend : FlightKind::kSendTo,
                                 handle.token());
  flight.room = flights_.take_room();
  flight.size = copy_in(span, flight.room->bytes, kChunkBytesMax);
  if (to != nullptr) {
    memcpy(&flight.room->address, to->get(), static_cast<size_t>(to->length));
    flight.address_size = to->length;
  }
  handle.system_calls++;
  const int error = start_send(handle, flight, flight.room->bytes, flight.size);
  uint32_t size = 0;
  const int64_t result = begun(flight, channel, error, &size);
  if (result == kPending) {
    channel.sending = flight.index;
    flight.request = request.id;
    request.begun = true;
    return blocked(handle);
  }
  if (result != 0) return failed(handle, error);
  over(flight);
  core.count(kBytesWritten, size);
  handle.bytes_written += size;
  return size;
}

void Iocp::land_send(Flight& flight, Handle& handle, Channel& channel, int error) {
  Request* request = flight.request == kNone ? nullptr : &core.requests.at(flight.request);
  const uint32_t sent = static_cast<uint32_t>(flight.overlapped.InternalHigh);
  core.count(kBytesWritten, sent);
  handle.bytes_written += sent;
  if (request != nullptr) {
    request->transferred += request->operation == kSendMany ? (error == 0 ? 1 : 0) : sent;
    if (error != 0) channel.send_code = static_cast<int16_t>(-failed(handle, error));
    if (handle.closing) core.finish(*request, -kClosed);
  } else if (error != 0) {
    failed(handle, error);  // who gave the write up was told, the next one will be
  } else if (sent < flight.size && !handle.closing) {
    send_rest(flight, handle, channel, sent);
  }
  if (channel.shut_later && channel.sending == kNone) {
    channel.shut_later = false;
    ::shutdown(system_socket(handle), SD_SEND);
  }
}

// What was counted as moved when its write was given up has to follow.
void Iocp::send_rest(Flight& flight, Handle& handle, Channel& channel, uint32_t sent) {
  Flight& rest = flights_.open(flight.kind, handle.token());
  rest.room = std::move(flight.room);
  rest.address_size = flight.address_size;
  rest.size = flight.size - sent;
  memmove(rest.room->bytes, rest.room->bytes + sent, rest.size);
  handle.system_calls++;
  const int error = start_send(handle, rest, rest.room->bytes, rest.size);
  uint32_t size = 0;
  const int64_t result = begun(rest, channel, error, &size);
  if (result == kPending) {
    channel.sending = rest.index;
    return;
  }
  if (result != 0) {
    failed(handle, error);
    return;
  }
  over(rest);
  core.count(kBytesWritten, size);
  handle.bytes_written += size;
}

}  // namespace pike
