// Addresses on Linux, which has abstract Unix names; see address_system.h, unix(7).
#include "address_system.h"

#include <cstddef>
#include <cstring>

#include "layout.h"

namespace pike {

const bool kHasAbstractNames = true;

void set_length(SystemAddress*) {}  // a sockaddr of Linux does not hold it

bool read_unix_name(const uint8_t* wire, SystemAddress* out) {
  sockaddr_un* to = reinterpret_cast<sockaddr_un*>(&out->storage);
  const size_t length = wire[1];
  if (length > sizeof(to->sun_path) - 1) return false;
  memset(to, 0, sizeof *to);
  to->sun_family = AF_UNIX;
  const size_t start = wire[0] == kWireAbstract ? 1 : 0;
  memcpy(to->sun_path + start, wire + kWirePayload, length);
  // A path ends with its zero byte; an abstract name is exactly as long as it is.
  out->length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + 1);
  return true;
}

void write_unix_name(const SystemAddress& address, uint8_t* wire) {
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
  if (length > kAddressBytes - kWirePayload) length = kAddressBytes - kWirePayload;
  wire[0] = abstract ? kWireAbstract : kWirePath;
  wire[1] = static_cast<uint8_t>(length);
  memcpy(wire + kWirePayload, name, length);
}

}  // namespace pike
