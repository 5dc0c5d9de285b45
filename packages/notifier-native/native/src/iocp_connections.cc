// Making connections by completion ports, from either side: AcceptEx, several at a time and ahead
// of who takes them, and ConnectEx, which wants a socket that is bound. See iocp.h.
#include <algorithm>
#include <cstring>

#include "descriptors.h"
#include "errors.h"
#include "iocp.h"
#include "sockets_windows.h"

namespace pike {

namespace {

// Accepts that are aloft while somebody waits for a connection, and connections that may have come
// before anybody asked for them, those aloft included.
constexpr uint32_t kAcceptsAloft = 8;
constexpr uint32_t kAcceptsAheadMax = 64;
// Turn again so often while a listener lacks descriptors.
constexpr uint64_t kStallRetryMs = 100;
// Each of the two addresses that AcceptEx writes takes sixteen bytes more than its structure.
constexpr DWORD kAcceptAddress = sizeof(sockaddr_storage) + 16;

bool is_shortage(int error) {
  return error == WSAEMFILE || error == WSAENOBUFS || error == ERROR_TOO_MANY_OPEN_FILES ||
         error == ERROR_NO_SYSTEM_RESOURCES || error == ERROR_NOT_ENOUGH_MEMORY;
}

// ConnectEx wants its socket bound: to any address, unless the program has bound it.
int bind_if_needed(SOCKET socket, int family) {
  SystemAddress local;
  local.length = sizeof local.storage;
  if (getsockname(socket, local.get(), &local.length) == 0) return 0;
  memset(&local.storage, 0, sizeof local.storage);
  local.storage.ss_family = static_cast<ADDRESS_FAMILY>(family);
  local.length = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return bind(socket, local.get(), local.length) == 0 ? 0 : WSAGetLastError();
}

}  // namespace

// --- Accepting
// ----------------------------------------------------------------------------------------------

int64_t Iocp::accept_one(Handle& handle, SystemAddress* from, Handle** out) {
  if (!handle.socket) return -kNotSocket;
  if (handle.kind != Kind::kListener) return -kInvalid;
  Channel& channel = channels_.of(handle);
  start_accepts(handle, channel);
  if (!channel.has_connections()) {
    if (channel.receive_code == 0) return blocked(handle);
    const int64_t result = -channel.receive_code;
    channel.receive_code = 0;
    return result;
  }
  if (core.handles.full()) {
    stall(handle, kStallRetryMs);
    return kPending;
  }
  const Ahead::Connection connection = channel.ahead->connections.front();
  channel.ahead->connections.pop_front();
  *from = connection.from;
  *out = core.handles.open(static_cast<Descriptor>(connection.socket), Kind::kStream);
  (*out)->socket = true;
  (*out)->connected = true;
  core.count(kHandles);
  return 0;
}

void Iocp::start_accepts(Handle& handle, Channel& channel) {
  for (;;) {
    const size_t ahead = channel.ahead == nullptr ? 0 : channel.ahead->connections.size();
    if (channel.accepting >= kAcceptsAloft || ahead + channel.accepting >= kAcceptsAheadMax) return;
    const int error = start_accept(handle, channel);
    if (error == 0 || is_peers_own(error)) continue;
    if (is_shortage(error)) {
      // What is aloft has a socket already, and will do meanwhile.
      if (channel.accepting == 0) stall(handle, kStallRetryMs);
    } else if (channel.accepting == 0) {
      channel.receive_code = static_cast<int16_t>(code_of(error));
    }
    return;
  }
}

int Iocp::start_accept(Handle& handle, Channel& channel) {
  if (const int code = arm(handle); code != 0) return ERROR_INVALID_PARAMETER;
  const Provider* provider = channel.provider;
  if (provider == nullptr || provider->accept == nullptr) return WSAEOPNOTSUPP;
  called(handle);
  const SOCKET accepted = open_stream(provider->family);
  if (accepted == INVALID_SOCKET) return WSAGetLastError();
  Flight& flight = flights_.open(FlightKind::kAccept, handle.token());
  if (flight.addresses == nullptr) {
    flight.addresses = std::make_unique<uint8_t[]>(2 * kAcceptAddress);
  }
  flight.accepted = accepted;
  DWORD received = 0;
  handle.system_calls++;
  const bool succeeded =
      provider->accept(system_socket(handle), accepted, flight.addresses.get(), 0, kAcceptAddress,
                       kAcceptAddress, &received, &flight.overlapped) != 0;
  const int error = succeeded ? 0 : WSAGetLastError();
  uint32_t size = 0;
  const int64_t result = begun(flight, channel, error, &size);
  if (result == kPending) {
    channel.accepting++;
    return 0;
  }
  if (result != 0) {
    closesocket(accepted);
    return error;
  }
  land_accept(flight, handle, channel, 0);
  over(flight);
  return 0;
}

void Iocp::land_accept(Flight& flight, Handle& handle, Channel& channel, int error) {
  const SOCKET listener = system_socket(handle);
  const SOCKET accepted = flight.accepted;
  // Until then the new socket knows neither its addresses nor how to be shut down. It fails where
  // the peer has gone meanwhile (WSAENOTCONN, for one), which is not the listener's error.
  if (error == 0 && setsockopt(accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                               reinterpret_cast<const char*>(&listener), sizeof listener) != 0) {
    error = WSAECONNABORTED;
  }
  if (error != 0) {
    closesocket(accepted);
    // What befell a connection before anybody saw it is not the listener's error.
    if (error != ERROR_OPERATION_ABORTED && !is_peers_own(error) && !handle.closing) {
      channel.receive_code = static_cast<int16_t>(code_of(error));
    }
    return;
  }
  Ahead::Connection connection{accepted, {}};
  sockaddr* local = nullptr;
  sockaddr* remote = nullptr;
  int local_size = 0;
  int remote_size = 0;
  channel.provider->accept_addresses(flight.addresses.get(), 0, kAcceptAddress, kAcceptAddress,
                                     &local, &local_size, &remote, &remote_size);
  remote_size = std::min<int>(remote_size, sizeof connection.from.storage);
  memcpy(&connection.from.storage, remote, static_cast<size_t>(remote_size));
  connection.from.length = remote_size;
  channel.held().connections.push_back(connection);
}

// What nobody took goes with its handle.
void Iocp::drop_ahead(Channel& channel) {
  if (channel.ahead == nullptr) return;
  for (const Ahead::Connection& connection : channel.ahead->connections) {
    closesocket(connection.socket);
  }
  channel.ahead.reset();
}

// --- Connecting
// ----------------------------------------------------------------------------------------------

int64_t Iocp::attempt_connect(Request& request, Handle& handle) {
  if (!handle.socket) return -kNotSocket;
  Channel& channel = channels_.of(handle);
  if (channel.sending != kNone) return kPending;
  if (request.begun) {
    request.begun = false;
    const int64_t result = -channel.send_code;
    channel.send_code = 0;
    return result;
  }
  if (handle.kind == Kind::kListener) return -kInvalid;
  SystemAddress to;
  if (const int code = address_of(request, &to); code != 0) return -code;
  if (handle.kind == Kind::kDatagram) {
    called(handle);
    if (connect(system_socket(handle), to.get(), to.length) != 0) {
      return -code_of(WSAGetLastError());
    }
    handle.connected = true;
    report_refusals(handle, true);
    return 0;
  }
  if (handle.connected) return -kIsConnected;
  if (const int code = arm(handle); code != 0) return -code;
  const Provider* provider = channel.provider;
  if (provider == nullptr || provider->connect == nullptr) return -code_of(WSAEOPNOTSUPP);
  called(handle);
  if (const int error = bind_if_needed(system_socket(handle), provider->family); error != 0) {
    return -code_of(error);
  }
  Flight& flight = flights_.open(FlightKind::kConnect, handle.token());
  flight.request = request.id;
  handle.system_calls++;
  const bool succeeded = provider->connect(system_socket(handle), to.get(), to.length, nullptr, 0,
                                           nullptr, &flight.overlapped) != 0;
  const int error = succeeded ? 0 : WSAGetLastError();
  uint32_t size = 0;
  const int64_t result = begun(flight, channel, error, &size);
  if (result == kPending) {
    channel.sending = flight.index;
    request.begun = true;
    return blocked(handle);
  }
  if (result != 0) return result;
  land_connect(flight, handle, channel, 0);
  over(flight);
  const int64_t code = channel.send_code;
  channel.send_code = 0;
  return -code;
}

void Iocp::land_connect(Flight& flight, Handle& handle, Channel& channel, int error) {
  if (error == 0 && setsockopt(system_socket(handle), SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT,
                               nullptr, 0) != 0) {
    error = WSAGetLastError();
  }
  handle.connected = error == 0;
  // Also of a connect that was given up: the socket is what it is.
  if (flight.request == kNone) return;
  Request& request = core.requests.at(flight.request);
  channel.send_code = static_cast<int16_t>(error == 0 ? 0 : code_of(error));
  if (handle.closing) core.finish(request, error == 0 ? 0 : -kClosed);
}

}  // namespace pike
