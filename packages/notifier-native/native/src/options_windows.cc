// Socket options on Windows; see options.h, and "Socket Options" in Microsoft's reference. Booleans
// are BOOLs of four bytes, times are milliseconds in a DWORD, and SO_LINGER has two short numbers.
#include "options.h"

#include <climits>
#include <cstring>

#include "errors.h"
#include "winsock_windows.h"

namespace pike {

namespace {

// How a value is laid out.
enum class Layout : uint8_t {
  kNone,  // there is no such option
  kNumber,
  kLinger,
  kReuseAddress,
  kError,
  kType,
  kMembership,
  kMulticastInterface
};

struct Row {
  int level;
  int name;
  Layout layout;
  int ipv6_level;  // −1: the same for both families
  int ipv6_name;
};

constexpr Row row(int level, int name, Layout layout = Layout::kNumber) {
  return {level, name, layout, -1, -1};
}

// Not in every header: Windows 10 1709.
constexpr int kTcpKeepIdle = 3;
constexpr int kTcpKeepCount = 16;
constexpr int kTcpKeepInterval = 17;
constexpr int kTcpMaxSegment = 4;
constexpr int kBaseState = 0x1009;  // SO_BSP_STATE
// Windows 10 20H2 (IPV6_TCLASS).
constexpr int kIpv6TrafficClass = 39;

constexpr Row kNothing = row(0, 0, Layout::kNone);

// In the contract's order.
constexpr Row kRows[] = {
    row(SOL_SOCKET, SO_DEBUG),
    row(SOL_SOCKET, SO_ACCEPTCONN),
    row(SOL_SOCKET, SO_REUSEADDR, Layout::kReuseAddress),
    kNothing,  // SO_REUSEPORT
    row(SOL_SOCKET, SO_KEEPALIVE),
    row(SOL_SOCKET, SO_DONTROUTE),
    row(SOL_SOCKET, SO_BROADCAST),
    row(SOL_SOCKET, SO_LINGER, Layout::kLinger),
    row(SOL_SOCKET, SO_OOBINLINE),
    row(SOL_SOCKET, SO_SNDBUF),
    row(SOL_SOCKET, SO_RCVBUF),
    kNothing,  // SO_SNDLOWAT: there, and never implemented
    kNothing,  // SO_RCVLOWAT
    row(SOL_SOCKET, SO_SNDTIMEO),
    row(SOL_SOCKET, SO_RCVTIMEO),
    row(SOL_SOCKET, SO_ERROR, Layout::kError),
    row(SOL_SOCKET, SO_TYPE, Layout::kType),
    row(IPPROTO_TCP, TCP_NODELAY),
    row(IPPROTO_TCP, kTcpKeepIdle),
    row(IPPROTO_TCP, kTcpKeepInterval),
    row(IPPROTO_TCP, kTcpKeepCount),
    row(IPPROTO_TCP, kTcpMaxSegment),
    row(IPPROTO_IPV6, IPV6_V6ONLY),
    row(IPPROTO_IP, IP_TTL),
    row(IPPROTO_IP, IP_TOS),
    row(IPPROTO_IPV6, IPV6_UNICAST_HOPS),
    row(IPPROTO_IPV6, kIpv6TrafficClass),
    {IPPROTO_IP, IP_MULTICAST_TTL, Layout::kNumber, IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    {IPPROTO_IP, IP_MULTICAST_LOOP, Layout::kNumber, IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    {IPPROTO_IP, IP_MULTICAST_IF, Layout::kMulticastInterface, IPPROTO_IPV6, IPV6_MULTICAST_IF},
    row(0, 0, Layout::kMembership),
    row(0, 0, Layout::kMembership),
};
static_assert(sizeof kRows / sizeof kRows[0] == kOptionCount, "one row per option of the contract");

SOCKET socket_of(const Handle& handle) { return static_cast<SOCKET>(handle.fd); }

int get(const Handle& handle, const Row& what, void* value, int* size) {
  const int called =
      getsockopt(socket_of(handle), what.level, what.name, static_cast<char*>(value), size);
  return called == 0 ? 0 : code_of(WSAGetLastError());
}

int set(const Handle& handle, const Row& what, const void* value, int size) {
  const int called =
      setsockopt(socket_of(handle), what.level, what.name, static_cast<const char*>(value), size);
  return called == 0 ? 0 : code_of(WSAGetLastError());
}

// The row as it is for the socket's family.
Row row_for(const Handle& handle, uint32_t option) {
  const Row& what = kRows[option];
  if (what.ipv6_level < 0) return what;
  const Provider* provider = provider_of(socket_of(handle));
  if (provider == nullptr || provider->family != AF_INET6) return what;
  return row(what.ipv6_level, what.ipv6_name);
}

int type_number(DWORD type) {
  switch (type) {
    case SOCK_STREAM:
      return 0;
    case SOCK_DGRAM:
      return 1;
    case SOCK_SEQPACKET:
      return 2;
    default:
      return 3;
  }
}

// Values that carry pointers or handles cannot be checked.
const char* pointer_option(int level, int name) {
  if (level != SOL_SOCKET) return nullptr;
  if (name == SO_UPDATE_ACCEPT_CONTEXT) return "SO_UPDATE_ACCEPT_CONTEXT";
  if (name == SO_UPDATE_CONNECT_CONTEXT) return "SO_UPDATE_CONNECT_CONTEXT";
  if (name == kBaseState) return "SO_BSP_STATE";
  return nullptr;
}

}  // namespace

int get_option(Handle& handle, uint32_t option, double* value) {
  if (option >= kOptionCount) return kUnsupported;
  const Row what = row_for(handle, option);
  if (what.layout == Layout::kNone || what.layout == Layout::kMembership) return kUnsupported;
  if (what.layout == Layout::kLinger) {
    LINGER found{};
    int size = sizeof found;
    const int code = get(handle, what, &found, &size);
    *value = found.l_onoff != 0 ? found.l_linger : -1;
    return code;
  }
  DWORD found = 0;
  int size = sizeof found;
  if (const int code = get(handle, what, &found, &size); code != 0) {
    // Nothing that was given can be wrong but the option: this socket has it not.
    return code == kInvalid ? code_of(WSAENOPROTOOPT) : code;
  }
  if (size == 1) found &= 0xff;
  *value = found;
  // Windows tells an address of an interface at most: what was set here is remembered.
  if (what.layout == Layout::kMulticastInterface) *value = handle.multicast_interface;
  if (what.layout == Layout::kReuseAddress && handle.socket && handle.kind != Kind::kDatagram) {
    *value = handle.reuse_address ? 1 : 0;
  }
  if (what.layout == Layout::kType) *value = type_number(found);
  if (what.layout == Layout::kError && found != 0) {
    handle.broken = static_cast<int16_t>(code_of(static_cast<int>(found)));
    *value = handle.broken;
  }
  return 0;
}

int set_option(Handle& handle, uint32_t option, double value) {
  if (option >= kOptionCount) return kUnsupported;
  if (!(value >= INT_MIN && value <= INT_MAX)) return kInvalid;
  const Row what = row_for(handle, option);
  DWORD number = static_cast<DWORD>(static_cast<int>(value));
  switch (what.layout) {
    case Layout::kNumber:
      return set(handle, what, &number, sizeof number);
    case Layout::kLinger: {
      const int seconds = static_cast<int>(value);
      if (seconds > USHRT_MAX) return kInvalid;
      LINGER wanted{};
      wanted.l_onoff = seconds >= 0 ? 1 : 0;
      wanted.l_linger = static_cast<u_short>(seconds >= 0 ? seconds : 0);
      handle.lingers = true;
      return set(handle, what, &wanted, sizeof wanted);
    }
    case Layout::kReuseAddress:
      // On a stream Windows's own option lets two listeners share an address, and nobody knows
      // which of them gets a connection. What the option means elsewhere holds here anyhow.
      if (handle.kind == Kind::kDatagram) return set(handle, what, &number, sizeof number);
      handle.reuse_address = number != 0;
      return 0;
    case Layout::kMulticastInterface: {
      const DWORD index = htonl(number);  // "0.x.x.x" is an interface's number
      const int code = set(handle, what, &index, sizeof index);
      if (code == 0) handle.multicast_interface = static_cast<int>(number);
      return code;
    }
    default:
      return kUnsupported;
  }
}

int set_membership(const Handle& handle, bool join, const SystemAddress& group, uint32_t interface_,
                   const SystemAddress* source) {
  const int level = group.storage.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  const size_t group_size = static_cast<size_t>(group.length);
  if (source == nullptr) {
    GROUP_REQ request{};
    request.gr_interface = interface_;
    memcpy(&request.gr_group, &group.storage, group_size);
    const Row what = row(level, join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP);
    return set(handle, what, &request, sizeof request);
  }
  GROUP_SOURCE_REQ request{};
  request.gsr_interface = interface_;
  memcpy(&request.gsr_group, &group.storage, group_size);
  memcpy(&request.gsr_source, &source->storage, static_cast<size_t>(source->length));
  const Row what = row(level, join ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP);
  return set(handle, what, &request, sizeof request);
}

int get_raw_option(const Handle& handle, int level, int name, uint8_t* value, uint32_t* size) {
  if (pointer_option(level, name) != nullptr) return kUnsupported;
  int length = static_cast<int>(*size);
  const Row what = row(level, name);
  if (const int code = get(handle, what, value, &length); code != 0) return code;
  if (static_cast<uint32_t>(length) < *size) *size = static_cast<uint32_t>(length);
  return 0;
}

int set_raw_option(Handle& handle, int level, int name, const uint8_t* value, uint32_t size,
                   const char** refused) {
  *refused = pointer_option(level, name);
  if (*refused != nullptr) return kUnsupported;
  if (level == SOL_SOCKET && name == SO_LINGER) handle.lingers = true;
  return set(handle, row(level, name), value, static_cast<int>(size));
}

}  // namespace pike
