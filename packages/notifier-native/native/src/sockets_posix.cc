// A socket's calls that answer at once, on POSIX systems; see sockets.h.
#include "sockets.h"

#include <errno.h>

#include "errors.h"
#include "unix_path.h"

namespace pike {

namespace {

// Permission bits of a file.
constexpr int kModeMax = 0777;

int result_of(int called) { return called == 0 ? 0 : code_of(errno); }

}  // namespace

int bind_socket(Core& core, Handle& handle, const SystemAddress& address, int mode, bool replace) {
  const sockaddr_un* name = reinterpret_cast<const sockaddr_un*>(&address.storage);
  // An abstract name begins with a zero byte, and so does no name at all.
  if (address.storage.ss_family != AF_UNIX || name->sun_path[0] == 0) {
    return result_of(bind(handle.fd, address.get(), address.length));
  }
  if (mode < 0 || mode > kModeMax) return kInvalid;
  if (!handle.socket) return kNotSocket;  // before the mode of some file is changed
  handle.special = true;
  return bind_path(handle.fd, address, static_cast<unsigned>(mode), replace,
                   &core.specials.make(handle.slot));
}

int listen_socket(Core& core, Handle& handle, int backlog, int64_t allow_uid) {
  SystemAddress local;
  if (const int code = local_address(handle, &local); code != 0) return code;
  if (listen(handle.fd, backlog) != 0) return code_of(errno);
  handle.kind = Kind::kListener;
  uint8_t wire[kAddressBytes] = {};
  write_address(local, wire);
  if (wire[0] == kWireAbstract) {
    handle.special = true;
    core.specials.make(handle.slot).allow_uid = allow_uid;
  }
  return 0;
}

int shutdown_socket(Core&, Handle& handle, int how) { return result_of(shutdown(handle.fd, how)); }

int local_address(const Handle& handle, SystemAddress* out) {
  out->length = sizeof out->storage;
  return result_of(getsockname(handle.fd, out->get(), &out->length));
}

int peer_address(const Handle& handle, SystemAddress* out) {
  out->length = sizeof out->storage;
  return result_of(getpeername(handle.fd, out->get(), &out->length));
}

}  // namespace pike
