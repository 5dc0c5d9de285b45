// Unix sockets in the file system: binding with the permissions that were asked for, replacing what
// a dead server left behind, and removing at close only what is still ours. See unix(7).
#pragma once
#include <string>

#include "address.h"
#include "specials.h"

namespace pike {

// Binds to a path. `mode` is what the file shows once it exists; with `replace`, a socket file of
// our own that refuses connections is removed first. Fills in the special's path, device and inode.
// 0 or a Code.
int bind_path(int fd, const SystemAddress& address, unsigned mode, bool replace, Special* special);

// Removes the path if it is still the file that we made.
void unlink_path(const Special& special);

}  // namespace pike
