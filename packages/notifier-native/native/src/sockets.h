// A socket's calls that answer at once: where it is bound, whether it listens, who its peer is. One
// file for each family of systems. 0 or a Code, each.
#pragma once
#include "address.h"
#include "core.h"

namespace pike {

// Binds. Of a path, `mode` is what the file shows once it exists, and with `replace` a dead
// socket's file is removed first; see unix_path.h.
int bind_socket(Core& core, Handle& handle, const SystemAddress& address, int mode, bool replace);

// Starts listening. On an abstract name, peers of any other user than `allow_uid` are turned away;
// -1: nobody is.
int listen_socket(Core& core, Handle& handle, int backlog, int64_t allow_uid);

// Ends one direction or both, at once: 0 reading, 1 writing, 2 both.
int shutdown_socket(Core& core, Handle& handle, int how);

// The socket's own address, or its peer's.
int local_address(const Handle& handle, SystemAddress* out);
int peer_address(const Handle& handle, SystemAddress* out);

}  // namespace pike
