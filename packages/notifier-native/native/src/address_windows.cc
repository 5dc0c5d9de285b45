// Addresses on Windows, where Unix names are paths only; see address_system.h.
#include "address_system.h"

#include <cstddef>
#include <cstring>

#include "layout.h"

namespace pike {

const bool kHasAbstractNames = false;

void set_length(SystemAddress*) {}  // a sockaddr of Windows does not hold it

bool read_unix_name(const uint8_t* wire, SystemAddress* out) {
  sockaddr_un* to = reinterpret_cast<sockaddr_un*>(&out->storage);
  const size_t length = wire[1];
  if (wire[0] == kWireAbstract || length > sizeof to->sun_path - 1) return false;
  memset(to, 0, sizeof *to);
  to->sun_family = AF_UNIX;
  memcpy(to->sun_path, wire + kWirePayload, length);
  out->length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + 1);
  return true;
}

void write_unix_name(const SystemAddress& address, uint8_t* wire) {
  const sockaddr_un* from = reinterpret_cast<const sockaddr_un*>(&address.storage);
  const size_t start = offsetof(sockaddr_un, sun_path);
  const size_t most = static_cast<size_t>(address.length) > start ? address.length - start : 0;
  size_t length = strnlen(from->sun_path, most);
  if (length > kAddressBytes - kWirePayload) length = kAddressBytes - kWirePayload;
  wire[0] = kWirePath;
  wire[1] = static_cast<uint8_t>(length);
  memcpy(wire + kWirePayload, from->sun_path, length);
}

}  // namespace pike
