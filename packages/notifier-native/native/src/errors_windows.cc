// Error numbers of Windows as the contract's codes: those of sockets (WSAGetLastError) and those of
// everything else (GetLastError), which is also how a failed completion reads. See "System Error
// Codes" and "Windows Sockets Error Codes" in Microsoft's reference.
#include "errors.h"

#include <winsock2.h>

#include "layout.h"

namespace pike {

namespace {

struct Row {
  int error;
  int code;
};

// Sockets' own: 10004 to 10071, one after another in the order of BSD.
constexpr Row kSocketRows[] = {
    {WSAEINTR, 4},         {WSAEBADF, 9},          {WSAEACCES, 13},        {WSAEFAULT, 14},
    {WSAEINVAL, 22},       {WSAEMFILE, 24},        {WSAEWOULDBLOCK, 11},   {WSAEINPROGRESS, 115},
    {WSAEALREADY, 114},    {WSAENOTSOCK, 88},      {WSAEDESTADDRREQ, 89},  {WSAEMSGSIZE, 90},
    {WSAEPROTOTYPE, 91},   {WSAENOPROTOOPT, 92},   {WSAEPROTONOSUPPORT, 93},
    {WSAESOCKTNOSUPPORT, 94}, {WSAEOPNOTSUPP, 95}, {WSAEPFNOSUPPORT, 96},  {WSAEAFNOSUPPORT, 97},
    {WSAEADDRINUSE, 98},   {WSAEADDRNOTAVAIL, 99}, {WSAENETDOWN, 100},     {WSAENETUNREACH, 101},
    {WSAENETRESET, 102},   {WSAECONNABORTED, 103}, {WSAECONNRESET, 104},   {WSAENOBUFS, 105},
    {WSAEISCONN, 106},     {WSAENOTCONN, 107},     {WSAESHUTDOWN, 32},     {WSAETIMEDOUT, 110},
    {WSAECONNREFUSED, 111}, {WSAELOOP, 40},        {WSAENAMETOOLONG, 36},  {WSAEHOSTDOWN, 112},
    {WSAEHOSTUNREACH, 113}, {WSAENOTEMPTY, 39},    {WSANOTINITIALISED, 100},
};

// The system's. A completion's status becomes one of these: RtlNtStatusToDosError.
constexpr Row kSystemRows[] = {
    {ERROR_INVALID_FUNCTION, 95},
    {ERROR_FILE_NOT_FOUND, 2},
    {ERROR_PATH_NOT_FOUND, 2},
    {ERROR_TOO_MANY_OPEN_FILES, 24},
    {ERROR_ACCESS_DENIED, 13},
    {ERROR_INVALID_HANDLE, 9},
    {ERROR_NOT_ENOUGH_MEMORY, 12},
    {ERROR_OUTOFMEMORY, 12},
    {ERROR_NOT_READY, 16},
    {ERROR_GEN_FAILURE, 5},
    {ERROR_SHARING_VIOLATION, 16},
    {ERROR_LOCK_VIOLATION, 16},
    {ERROR_NOT_SUPPORTED, 95},
    {ERROR_UNEXP_NET_ERR, 5},
    {ERROR_NETNAME_DELETED, 104},  // the peer's reset
    {ERROR_NETWORK_ACCESS_DENIED, 13},
    {ERROR_INVALID_PARAMETER, 22},
    {ERROR_BROKEN_PIPE, 32},
    {ERROR_DISK_FULL, 28},
    {ERROR_SEM_TIMEOUT, 110},  // a connection that nobody answered
    {ERROR_INSUFFICIENT_BUFFER, 90},
    {ERROR_INVALID_NAME, 2},
    {ERROR_ALREADY_EXISTS, 17},
    {ERROR_FILE_EXISTS, 17},
    {ERROR_BAD_PIPE, 22},
    {ERROR_PIPE_BUSY, 16},
    {ERROR_NO_DATA, 32},  // a pipe whose reader is gone
    {ERROR_PIPE_NOT_CONNECTED, 32},
    {ERROR_MORE_DATA, 90},  // a message longer than the buffer
    {ERROR_PIPE_CONNECTED, 106},
    {ERROR_PIPE_LISTENING, 107},
    {ERROR_OPERATION_ABORTED, 125},
    {ERROR_NOACCESS, 14},
    {ERROR_CONNECTION_REFUSED, 111},
    {ERROR_GRACEFUL_DISCONNECT, 104},
    {ERROR_ADDRESS_ALREADY_ASSOCIATED, 98},
    {ERROR_ADDRESS_NOT_ASSOCIATED, 99},
    {ERROR_CONNECTION_INVALID, 107},
    {ERROR_CONNECTION_ACTIVE, 106},
    {ERROR_NETWORK_UNREACHABLE, 101},
    {ERROR_HOST_UNREACHABLE, 113},
    {ERROR_PROTOCOL_UNREACHABLE, 113},
    {ERROR_PORT_UNREACHABLE, 111},  // by ICMP, to a datagram that was sent
    {ERROR_REQUEST_ABORTED, 103},
    {ERROR_CONNECTION_ABORTED, 103},
    {ERROR_RETRY, 11},
    {ERROR_NOT_FOUND, 2},
    {ERROR_NO_SYSTEM_RESOURCES, 105},
    {ERROR_WORKING_SET_QUOTA, 105},
    {ERROR_COMMITMENT_LIMIT, 12},
    {ERROR_TIMEOUT, 110},
    {ERROR_INVALID_NETNAME, 99},  // a connect to port 0
    {ERROR_BAD_NETPATH, 113},
    {ERROR_HOST_DOWN, 112},
    {ERROR_PIPE_LOCAL, 32},
    {ERROR_IO_DEVICE, 5},
    {ERROR_INVALID_USER_BUFFER, 105},
    {ERROR_NOT_ENOUGH_QUOTA, 105},
    {ERROR_PRIVILEGE_NOT_HELD, 1},
};

template <size_t count>
int find(const Row (&rows)[count], int error) {
  for (const Row& row : rows) {
    if (row.error == error) return row.code;
  }
  return kUnknownError;
}

}  // namespace

int code_of(int error) {
  return error >= WSABASEERR ? find(kSocketRows, error) : find(kSystemRows, error);
}

// AcceptEx tells when a peer has gone before it was accepted.
bool is_peers_own(int error) {
  switch (error) {
    case WSAECONNRESET:
    case WSAECONNABORTED:
    case ERROR_NETNAME_DELETED:
    case ERROR_CONNECTION_ABORTED:
    case ERROR_REQUEST_ABORTED:
      return true;
    default:
      return false;
  }
}

}  // namespace pike
