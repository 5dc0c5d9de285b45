// A socket's calls that answer at once, on Windows; see sockets.h and sockets_windows.h.
#include "sockets.h"

#include <cstring>

#include "errors.h"
#include "sockets_windows.h"
#include "winsock_windows.h"
// After winsock2.h.
#include <mstcpip.h>

namespace pike {

namespace {

SOCKET socket_of(const Handle& handle) { return static_cast<SOCKET>(handle.fd); }

int result_of(int called) { return called == 0 ? 0 : code_of(WSAGetLastError()); }

// A socket that is not bound has no name here; elsewhere it has the wildcard's.
int unbound(const Handle& handle, SystemAddress* out) {
  const Provider* provider = provider_of(socket_of(handle));
  if (provider == nullptr) return kNotSocket;
  memset(&out->storage, 0, sizeof out->storage);
  out->storage.ss_family = static_cast<ADDRESS_FAMILY>(provider->family);
  out->length = provider->family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return 0;
}

// ntdll's, as far as there is one: no header has it. See FILE_COMPLETION_INFORMATION in the
// documentation of NtSetInformationFile.
struct CompletionInformation {
  HANDLE port;
  void* key;
};
struct StatusBlock {
  void* status;
  uintptr_t information;
};
using SetInformation = LONG(WINAPI*)(HANDLE, StatusBlock*, void*, ULONG, int);
constexpr int kReplaceCompletion = 61;
constexpr LONG kStatusInvalidHandle = static_cast<LONG>(0xC0000008);

SetInformation set_information() {
  static const auto call = reinterpret_cast<SetInformation>(reinterpret_cast<void*>(
      GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtSetInformationFile")));
  return call;
}

LONG replace_completion(HANDLE handle) {
  StatusBlock block{};
  CompletionInformation none{};
  return set_information()(handle, &block, &none, sizeof none, kReplaceCompletion);
}

}  // namespace

int bind_socket(Core&, Handle& handle, const SystemAddress& address, int, bool) {
  const BOOL on = TRUE;
  // Without it another program can bind to the same address and take connections away, whatever
  // SO_REUSEADDR says elsewhere. Datagram sockets may share, when they ask to.
  if (handle.kind == Kind::kStream && !handle.adopted) {
    setsockopt(socket_of(handle), SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
               reinterpret_cast<const char*>(&on), sizeof on);
  }
  return result_of(bind(socket_of(handle), address.get(), address.length));
}

int listen_socket(Core&, Handle& handle, int backlog, int64_t) {
  if (const int code = result_of(listen(socket_of(handle), backlog)); code != 0) return code;
  handle.kind = Kind::kListener;
  return 0;
}

int shutdown_socket(Core&, Handle& handle, int how) {
  return result_of(shutdown(socket_of(handle), how));
}

int local_address(const Handle& handle, SystemAddress* out) {
  out->length = sizeof out->storage;
  if (getsockname(socket_of(handle), out->get(), &out->length) == 0) return 0;
  const int error = WSAGetLastError();
  return error == WSAEINVAL ? unbound(handle, out) : code_of(error);
}

int peer_address(const Handle& handle, SystemAddress* out) {
  out->length = sizeof out->storage;
  return result_of(getpeername(socket_of(handle), out->get(), &out->length));
}

SOCKET open_stream(int family) {
  const SOCKET socket = WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, nullptr, 0,
                                   WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (socket == INVALID_SOCKET) return socket;
  const BOOL on = TRUE;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char*>(&on), sizeof on);
  return socket;
}

void report_refusals(const Handle& handle, bool report) {
  BOOL value = report ? TRUE : FALSE;
  DWORD size = 0;
  // A system without it reports, and the receive passes such a report over.
  WSAIoctl(socket_of(handle), SIO_UDP_CONNRESET, &value, sizeof value, nullptr, 0, &size, nullptr,
           nullptr);
}

bool is_refusal(int error) {
  return error == WSAECONNRESET || error == ERROR_PORT_UNREACHABLE || error == WSAENETRESET ||
         error == ERROR_NETNAME_DELETED;
}

bool can_dissociate() {
  // Asked of no handle, a system that knows the question finds fault with the handle.
  static const bool can = set_information() != nullptr &&
                          replace_completion(INVALID_HANDLE_VALUE) == kStatusInvalidHandle;
  return can;
}

bool dissociate(const Handle& handle) {
  return replace_completion(reinterpret_cast<HANDLE>(handle.fd)) == 0;
}

}  // namespace pike
