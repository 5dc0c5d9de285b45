// The port itself: who is associated with it, waiting, packets, waking. See iocp.h.
#include <algorithm>

#include "errors.h"
#include "iocp.h"

namespace pike {

namespace {

// Packets taken in one call; more wait for the next turn.
constexpr ULONG kPacketsMax = 256;
// A packet without a flight has a handle's token as its key, or this one, which is no handle's:
// slots stop at 2^20.
constexpr ULONG_PTR kWakeKey = 0xfffffffe;
// Longest that an ending notifier waits for the kernel to let go of its memory.
constexpr uint64_t kQuiesceMs = 1000;

// Of the kinds of a status (success, information, warning, error) only an error that is told at
// once sends no packet. See "Using NTSTATUS Values" and GetQueuedCompletionStatus.
bool is_warning(ULONG_PTR status) { return (static_cast<uint32_t>(status) >> 30) == 2; }

}  // namespace

Iocp::~Iocp() {
  core.count(kLeaked, flights_.aloft);
  if (port_ != nullptr) CloseHandle(port_);
}

int Iocp::open() {
  if (const int code = start_winsock(); code != 0) return code;
  port_ = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
  return port_ == nullptr ? code_of(static_cast<int>(GetLastError())) : 0;
}

int Iocp::adopt(Handle& handle) { return arm(handle); }

// Associates a handle with the port, once and for good: Windows has no way back but for those that
// `dissociate` can use.
int Iocp::arm(Handle& handle) {
  if (handle.armed || handle.fd == kNoDescriptor) return 0;
  called(handle);
  if (CreateIoCompletionPort(system_handle(handle), port_, handle.token(), 0) == nullptr) {
    const int error = static_cast<int>(GetLastError());
    // Already associated with a port, ours or another's, or opened for blocking calls.
    return error == ERROR_INVALID_PARAMETER ? kInUse : code_of(error);
  }
  handle.armed = true;
  Channel& channel = channels_.of(handle);
  if (handle.socket) channel.provider = provider_of(system_socket(handle));
  // Datagrams and pipes can succeed with a warning (a message cut short), of which it is not
  // certain whether a packet follows: streams and listeners alone go without.
  const bool can_skip = handle.kind == Kind::kStream || handle.kind == Kind::kListener;
  if (can_skip && channel.provider != nullptr && channel.provider->is_kernels) {
    called(handle);
    constexpr UCHAR kModes = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
    channel.skips = SetFileCompletionNotificationModes(system_handle(handle), kModes) != 0;
  }
  return 0;
}

// The kernel may still be at work for it when a notifier ends: `quiesce` has done what can be done.
void Iocp::release(Handle& handle) {
  drop_ahead(channels_.of(handle));
  handle.armed = false;
}

void Iocp::quiesce() {
  discarding_ = true;
  deadline_ms_ = 0;
  for (uint32_t slot = 0; slot < core.handles.used(); slot++) {
    const Handle& handle = *core.handles.at(slot);
    if (handle.kind != Kind::kFree) cancel_flights(handle);
  }
  const uint64_t end_ms = now_ms() + kQuiesceMs;
  for (uint64_t now = now_ms(); flights_.aloft > 0 && now < end_ms; now = now_ms()) {
    wait(static_cast<int>(end_ms - now));
  }
}

void Iocp::cancel_flights(const Handle& handle) {
  if (channels_.of(handle).aloft == 0) return;
  core.count(kSystemCalls);
  CancelIoEx(system_handle(handle), nullptr);
}

// --- Waiting
// ----------------------------------------------------------------------------------------------

// `timeout_ms`, or until the earliest deadline if that comes before.
int Iocp::wait_ms(int timeout_ms) const {
  const uint64_t deadline_ms = deadline_ms_.load();
  if (deadline_ms == 0 || timeout_ms == 0) return timeout_ms;
  const uint64_t now = now_ms();
  const uint64_t rest_ms = deadline_ms > now ? deadline_ms - now : 0;
  const int rest = static_cast<int>(std::min<uint64_t>(rest_ms, INT32_MAX));
  return timeout_ms < 0 ? rest : std::min(timeout_ms, rest);
}

// What the waiter thread took.
bool Iocp::take_staged() {
  std::vector<OVERLAPPED_ENTRY> staged;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    staged.swap(staged_);
    has_staged_ = false;
  }
  for (const OVERLAPPED_ENTRY& packet : staged) take_packet(packet);
  return !staged.empty();
}

void Iocp::collect() { take_staged(); }

void Iocp::wait(int timeout_ms) {
  const int limit_ms = take_staged() ? 0 : wait_ms(timeout_ms);
  OVERLAPPED_ENTRY packets[kPacketsMax];
  ULONG count = 0;
  core.count(kSystemCalls);
  const DWORD until = limit_ms < 0 ? INFINITE : static_cast<DWORD>(limit_ms);
  if (!GetQueuedCompletionStatusEx(port_, packets, kPacketsMax, &count, until, FALSE)) return;
  for (ULONG i = 0; i < count; i++) take_packet(packets[i]);
}

void Iocp::await_work() {
  OVERLAPPED_ENTRY packets[kPacketsMax];
  ULONG count = 0;
  // Before the deadline is read: one that is set from now on wakes this wait.
  awaiting_ = true;
  const int limit_ms = wait_ms(-1);
  const DWORD until = limit_ms < 0 ? INFINITE : static_cast<DWORD>(limit_ms);
  if (!GetQueuedCompletionStatusEx(port_, packets, kPacketsMax, &count, until, FALSE)) count = 0;
  awaiting_ = false;
  std::lock_guard<std::mutex> lock(mutex_);
  staged_.insert(staged_.end(), packets, packets + count);
  // Set before the thread tells of it: a turn that is just ending looks for work once more.
  if (count > 0) has_staged_ = true;
}

void Iocp::wake() {
  if (woken_.exchange(true)) return;
  PostQueuedCompletionStatus(port_, 0, kWakeKey, nullptr);
}

void Iocp::lower_deadline(uint64_t deadline_ms) {
  const uint64_t armed_ms = deadline_ms_.load();
  if (armed_ms != 0 && armed_ms <= deadline_ms) return;
  deadline_ms_ = deadline_ms;
  if (awaiting_) wake();
}

// --- Packets
// ----------------------------------------------------------------------------------------------

void Iocp::take_packet(const OVERLAPPED_ENTRY& packet) {
  if (packet.lpOverlapped == nullptr) {
    if (packet.lpCompletionKey == kWakeKey) {
      woken_ = false;
      return;
    }
    Handle* handle = core.handles.by_token(packet.lpCompletionKey);
    if (handle == nullptr) core.count(kStaleEvents);
    else if (!discarding_) serve(*handle);
    return;
  }
  Flight* flight = flights_.find(packet.lpOverlapped);
  Handle* handle = flight == nullptr ? nullptr : core.handles.by_token(flight->token);
  if (handle == nullptr) {
    core.count(kStaleEvents);
    return;
  }
  Channel& channel = channels_.of(*handle);
  channel.aloft--;
  flights_.aloft--;
  flight->aloft = false;
  if (!flight->told) land(*flight, *handle, channel);
  // A send may have taken off again with what was left.
  if (!flight->aloft) flights_.close(*flight);
  if (discarding_) return;
  if (!handle->closing) {
    serve(*handle);
  } else if (channel.aloft == 0 && channel.ending != kNone) {
    Request& ending = core.requests.at(channel.ending);
    channel.ending = kNone;
    core.finish(ending, 0);
  }
}

void Iocp::land(Flight& flight, Handle& handle, Channel& channel) {
  DWORD bytes = 0;
  int error = 0;
  // Asks no system: it reads the OVERLAPPED, and says the status as an error.
  if (!GetOverlappedResult(system_handle(handle), &flight.overlapped, &bytes, FALSE)) {
    error = static_cast<int>(GetLastError());
  }
  switch (flight.kind) {
    case FlightKind::kProbe:
      channel.receiving = kNone;
      return land_probe(handle, channel, error);
    case FlightKind::kReceive:
      channel.receiving = kNone;
      return land_receive(flight, handle, channel, error);
    case FlightKind::kDatagram:
      channel.receiving = kNone;
      return land_datagram(flight, handle, channel, error);
    case FlightKind::kSend:
    case FlightKind::kSendTo:
      channel.sending = kNone;
      return land_send(flight, handle, channel, error);
    case FlightKind::kAccept:
      channel.accepting--;
      return land_accept(flight, handle, channel, error);
    case FlightKind::kConnect:
      channel.sending = kNone;
      return land_connect(flight, handle, channel, error);
    case FlightKind::kNone:
      return;
  }
}

int64_t Iocp::begun(Flight& flight, Channel& channel, int error, uint32_t* size) {
  core.count(kSystemCalls);
  if (error == 0) {
    *size = static_cast<uint32_t>(flight.overlapped.InternalHigh);
    if (channel.skips) return 0;
    flight.told = true;
  } else if (error != ERROR_IO_PENDING && !is_warning(flight.overlapped.Internal)) {
    flights_.close(flight);
    return -code_of(error);
  }
  // A message that is too long is an error to who asked, and a warning to the kernel, which sends a
  // packet for it: the flight may serve nobody else before.
  const bool refused = error != 0 && error != ERROR_IO_PENDING && error != ERROR_MORE_DATA;
  flight.told = flight.told || refused;
  flight.aloft = true;
  channel.aloft++;
  flights_.aloft++;
  if (refused) return -code_of(error);
  return error == 0 ? 0 : kPending;
}

void Iocp::over(Flight& flight) {
  if (!flight.told) flights_.close(flight);
  else if (flight.room != nullptr) flights_.give_room(std::move(flight.room));
}

std::unique_ptr<Backend> make_iocp(const Choice&, Core& core, BufferSource& buffers) {
  return std::make_unique<Iocp>(core, buffers);
}

}  // namespace pike
