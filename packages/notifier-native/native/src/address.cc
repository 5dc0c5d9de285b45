// Addresses; see address.h, unix(7), ip(7), ipv6(7). Windows has the same structures.
#include <cstddef>
#include <cstring>

#include "address.h"
#include "address_system.h"
#include "layout.h"

#if !defined(_WIN32)  // there winsock2.h has them
#include <arpa/inet.h>
#endif

namespace pike {

bool read_address(const uint8_t* wire, SystemAddress* out) {
  uint16_t port;
  memcpy(&port, wire + 2, 2);
  if (wire[0] == kWireIpv4) {
    sockaddr_in* to = reinterpret_cast<sockaddr_in*>(&out->storage);
    memset(to, 0, sizeof *to);
    to->sin_family = AF_INET;
    to->sin_port = htons(port);
    memcpy(&to->sin_addr, wire + kWirePayload, 4);
    out->length = sizeof *to;
    set_length(out);
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
    memcpy(&to->sin6_addr, wire + kWirePayload, 16);
    out->length = sizeof *to;
    set_length(out);
    return true;
  }
  if (wire[0] == kWirePath || wire[0] == kWireAbstract) return read_unix_name(wire, out);
  return false;
}

int address_refusal(const uint8_t* wire) {
  constexpr int kNameTooLong = 36;  // the contract's number of ENAMETOOLONG is Linux's
  if (wire[0] == kWireAbstract && !kHasAbstractNames) return kUnsupported;
  return wire[0] == kWirePath || wire[0] == kWireAbstract ? kNameTooLong : kInvalid;
}

void write_address(const SystemAddress& address, uint8_t* wire) {
  wire[0] = kWireNone;
  if (address.length < static_cast<socklen_t>(sizeof address.storage.ss_family)) return;
  if (address.storage.ss_family == AF_INET) {
    const sockaddr_in* from = reinterpret_cast<const sockaddr_in*>(&address.storage);
    const uint16_t port = ntohs(from->sin_port);
    wire[0] = kWireIpv4;
    memcpy(wire + 2, &port, 2);
    memcpy(wire + kWirePayload, &from->sin_addr, 4);
  } else if (address.storage.ss_family == AF_INET6) {
    const sockaddr_in6* from = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    const uint16_t port = ntohs(from->sin6_port);
    const uint32_t flow = ntohl(from->sin6_flowinfo) & 0xfffff;
    wire[0] = kWireIpv6;
    memcpy(wire + 2, &port, 2);
    memcpy(wire + 4, &flow, 4);
    memcpy(wire + 8, &from->sin6_scope_id, 4);
    memcpy(wire + kWirePayload, &from->sin6_addr, 16);
  } else if (address.storage.ss_family == AF_UNIX) {
    write_unix_name(address, wire);
  }
}

}  // namespace pike
