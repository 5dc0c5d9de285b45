// Sockets and handles on Windows; see descriptors.h. Both are numbers of one kind: a socket that
// comes from outside is told from a handle by asking it.
#include "descriptors.h"

#include "errors.h"
#include "sockets.h"
#include "sockets_windows.h"
#include "winsock_windows.h"

namespace pike {

namespace {

HANDLE handle_of(Descriptor fd) { return reinterpret_cast<HANDLE>(fd); }

// -1: it is no socket.
int option_of(SOCKET socket, int name) {
  int value = 0;
  int size = sizeof value;
  const int called =
      getsockopt(socket, SOL_SOCKET, name, reinterpret_cast<char*>(&value), &size);
  return called == 0 ? value : -1;
}

// Opened without FILE_FLAG_OVERLAPPED: its calls block, whatever they are given.
bool is_synchronous(HANDLE handle) {
  struct StatusBlock {
    void* status;
    uintptr_t information;
  } block{};
  using Query = LONG(WINAPI*)(HANDLE, StatusBlock*, void*, ULONG, int);
  static const auto query = reinterpret_cast<Query>(reinterpret_cast<void*>(
      GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtQueryInformationFile")));
  constexpr int kFileMode = 16;
  constexpr ULONG kSynchronousAlert = 0x10;
  constexpr ULONG kSynchronousNonAlert = 0x20;
  ULONG mode = 0;
  if (query == nullptr || query(handle, &block, &mode, sizeof mode, kFileMode) != 0) return false;
  return (mode & (kSynchronousAlert | kSynchronousNonAlert)) != 0;
}

// With SO_LINGER set to seconds closesocket waits for unsent bytes: not on our thread.
bool close_may_block(SOCKET socket) {
  LINGER value{};
  int size = sizeof value;
  const int called =
      getsockopt(socket, SOL_SOCKET, SO_LINGER, reinterpret_cast<char*>(&value), &size);
  return called == 0 && value.l_onoff != 0 && value.l_linger > 0;
}

DWORD WINAPI close_here(void* socket) {
  closesocket(reinterpret_cast<SOCKET>(socket));
  return 0;
}

// Where no thread can be had, what is unsent goes out without anybody waiting for it.
void close_elsewhere(SOCKET socket) {
  void* const argument = reinterpret_cast<void*>(socket);
  const HANDLE thread = CreateThread(nullptr, 0, close_here, argument, 0, nullptr);
  if (thread != nullptr) {
    CloseHandle(thread);
    return;
  }
  const LINGER off{};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&off), sizeof off);
  closesocket(socket);
}

}  // namespace

int open_socket(Core& core, Family family, Type type, Handle** out) {
  if (core.handles.full()) return kLimit;
  if (const int code = start_winsock(); code != 0) return code;
  if (family == Family::kUnix) return kUnsupported;
  const int domain = family == Family::kIpv4 ? AF_INET : AF_INET6;
  const bool stream = type == Type::kStream;
  const SOCKET socket =
      stream ? open_stream(domain)
             : WSASocketW(domain, SOCK_DGRAM, IPPROTO_UDP, nullptr, 0,
                          WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (socket == INVALID_SOCKET) return code_of(WSAGetLastError());
  Handle* handle = core.handles.open(static_cast<Descriptor>(socket),
                                     stream ? Kind::kStream : Kind::kDatagram);
  handle->socket = true;
  if (!stream) report_refusals(*handle, false);
  *out = handle;
  return 0;
}

int inspect(Core& core, Descriptor fd, Handle** out) {
  if (fd == kNoDescriptor) return code_of(ERROR_INVALID_HANDLE);
  if (const int code = start_winsock(); code != 0) return code;
  const SOCKET socket = static_cast<SOCKET>(fd);
  const int type = option_of(socket, SO_TYPE);
  Kind kind = Kind::kPipe;
  DWORD mode = 0;
  if (type >= 0) {
    kind = option_of(socket, SO_ACCEPTCONN) > 0 ? Kind::kListener
           : type == SOCK_STREAM                ? Kind::kStream
                                                : Kind::kDatagram;
  } else {
    SetLastError(0);
    const DWORD file = GetFileType(handle_of(fd));
    if (file == FILE_TYPE_UNKNOWN && GetLastError() == ERROR_INVALID_HANDLE) {
      return code_of(ERROR_INVALID_HANDLE);
    }
    if (file != FILE_TYPE_PIPE || is_synchronous(handle_of(fd))) return kUnsupported;
    GetNamedPipeHandleStateW(handle_of(fd), &mode, nullptr, nullptr, nullptr, nullptr, 0);
  }
  if (core.handles.full()) return kLimit;
  Handle* handle = core.handles.open(fd, kind);
  handle->socket = type >= 0;
  handle->adopted = true;
  SystemAddress peer;
  handle->connected = type >= 0 && peer_address(*handle, &peer) == 0;
  // Read by messages: a receive of no bytes would take one.
  handle->drain = kind == Kind::kPipe && (mode & PIPE_READMODE_MESSAGE) != 0;
  *out = handle;
  return 0;
}

// Overlapped calls never block: there are no flags to change.
void take_in(Handle&) {}
void unblock(Handle&) {}

int close_handle(Core& core, Handle& handle, std::string) {
  if (handle.special) {
    const EventKey event = core.specials.find(handle.slot)->event;
    core.specials.remove(handle.slot);
    if (event.generation != 0) close_event(event);
  }
  if (handle.fd == kNoDescriptor) return 0;
  const SOCKET socket = static_cast<SOCKET>(handle.fd);
  if (!handle.socket) CloseHandle(handle_of(handle.fd));
  else if (handle.lingers && close_may_block(socket)) close_elsewhere(socket);
  else closesocket(socket);
  return 0;
}

Descriptor give_back(Core& core, Handle& handle) {
  if (handle.special) core.specials.remove(handle.slot);
  return handle.fd;
}

}  // namespace pike
