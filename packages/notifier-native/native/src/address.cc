// Addresses; see address.h, unix(7), ip(7), ipv6(7). Windows has the same structures.
#include <cstddef>
#include <cstring>

#include "address.h"
#include "layout.h"

#if !defined(_WIN32)  // there winsock2.h has them
#include <arpa/inet.h>
#endif

namespace pike {

namespace {

constexpr uint32_t kPayload = 12;

bool read_unix(const uint8_t* wire, SystemAddress* out) {
  sockaddr_un* to = reinterpret_cast<sockaddr_un*>(&out->storage);
  const size_t length = wire[1];
  if (length > sizeof(to->sun_path) - 1) return false;
  memset(to, 0, sizeof *to);
  to->sun_family = AF_UNIX;
  const size_t start = wire[0] == kWireAbstract ? 1 : 0;
  memcpy(to->sun_path + start, wire + kPayload, length);
  // A path ends with its zero byte; an abstract name is exactly as long as it is.
  out->length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + 1);
  return true;
}

void write_unix(const SystemAddress& address, uint8_t* wire) {
  const sockaddr_un* from = reinterpret_cast<const sockaddr_un*>(&address.storage);
  const size_t start = offsetof(sockaddr_un, sun_path);
  size_t length = address.length > start ? address.length - start : 0;
  const bool abstract = length > 0 && from->sun_path[0] == 0;
  const char* name = from->sun_path;
  if (abstract) {
    name++;
    length--;
  } else {
    length = strnlen(name, length);
  }
  if (length > kAddressBytes - kPayload) length = kAddressBytes - kPayload;
  wire[0] = abstract ? kWireAbstract : kWirePath;
  wire[1] = static_cast<uint8_t>(length);
  memcpy(wire + kPayload, name, length);
}

}  // namespace

bool read_address(const uint8_t* wire, SystemAddress* out) {
  uint16_t port;
  memcpy(&port, wire + 2, 2);
  if (wire[0] == kWireIpv4) {
    sockaddr_in* to = reinterpret_cast<sockaddr_in*>(&out->storage);
    memset(to, 0, sizeof *to);
    to->sin_family = AF_INET;
    to->sin_port = htons(port);
    memcpy(&to->sin_addr, wire + kPayload, 4);
    out->length = sizeof *to;
    return true;
  }
  if (wire[0] == kWireIpv6) {
    sockaddr_in6* to = reinterpret_cast<sockaddr_in6*>(&out->storage);
    memset(to, 0, sizeof *to);
    to->sin6_family = AF_INET6;
    to->sin6_port = htons(port);
    uint32_t flow;
    memcpy(&flow, wire + 4, 4);
    to->sin6_flowinfo = htonl(flow);
    memcpy(&to->sin6_scope_id, wire + 8, 4);
    memcpy(&to->sin6_addr, wire + kPayload, 16);
    out->length = sizeof *to;
    return true;
  }
  if (wire[0] == kWirePath || wire[0] == kWireAbstract) return read_unix(wire, out);
  return false;
}

void write_address(const SystemAddress& address, uint8_t* wire) {
  wire[0] = kWireNone;
  if (address.length < sizeof address.storage.ss_family) return;
  if (address.storage.ss_family == AF_INET) {
    const sockaddr_in* from = reinterpret_cast<const sockaddr_in*>(&address.storage);
    const uint16_t port = ntohs(from->sin_port);
    wire[0] = kWireIpv4;
    memcpy(wire + 2, &port, 2);
    memcpy(wire + kPayload, &from->sin_addr, 4);
  } else if (address.storage.ss_family == AF_INET6) {
    const sockaddr_in6* from = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    const uint16_t port = ntohs(from->sin6_port);
    const uint32_t flow = ntohl(from->sin6_flowinfo) & 0xfffff;
    wire[0] = kWireIpv6;
    memcpy(wire + 2, &port, 2);
    memcpy(wire + 4, &flow, 4);
    memcpy(wire + 8, &from->sin6_scope_id, 4);
    memcpy(wire + kPayload, &from->sin6_addr, 16);
  } else if (address.storage.ss_family == AF_UNIX) {
    write_unix(address, wire);
  }
}

}  // namespace pike
