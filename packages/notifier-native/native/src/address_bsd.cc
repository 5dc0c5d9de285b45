// Addresses on macOS and the BSDs, where Unix names are paths only, and every sockaddr holds its
// length; see address_system.h, unix(4).
//
// A path that pike has bound lies in a folder of its own until it is renamed (unix_path_bsd.cc),
// and the system goes on telling the name of then: the folder is left out again here.
#include "address_system.h"

#include <cstddef>
#include <cstring>

#include "layout.h"
#include "unix_path_bsd.h"

namespace pike {

const bool kHasAbstractNames = false;

void set_length(SystemAddress* address) {
  address->storage.ss_len = static_cast<uint8_t>(address->length);
}

bool read_unix_name(const uint8_t* wire, SystemAddress* out) {
  sockaddr_un* to = reinterpret_cast<sockaddr_un*>(&out->storage);
  const size_t length = wire[1];
  if (wire[0] == kWireAbstract || length > sizeof to->sun_path - 1) return false;
  memset(to, 0, sizeof *to);
  to->sun_family = AF_UNIX;
  memcpy(to->sun_path, wire + kWirePayload, length);
  out->length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length + 1);
  set_length(out);
  return true;
}

// A socket without a name has a path of zeros, or none.
void write_unix_name(const SystemAddress& address, uint8_t* wire) {
  const sockaddr_un* from = reinterpret_cast<const sockaddr_un*>(&address.storage);
  const size_t start = offsetof(sockaddr_un, sun_path);
  const size_t most = address.length > start ? address.length - start : 0;
  const std::string path =
      path_shown(std::string(from->sun_path, strnlen(from->sun_path, most)));
  wire[0] = kWirePath;
  wire[1] = static_cast<uint8_t>(path.size());
  memcpy(wire + kWirePayload, path.data(), path.size());
}

}  // namespace pike
