// What a socket's provider offers beyond the plain calls: the extension functions, looked up once
// per provider, and whether its sockets are handles of the kernel's own. Process-wide, any thread.
#pragma once
#include "system.h"
// After winsock2.h.
#include <mswsock.h>

namespace pike {

// One entry of the Winsock catalogue. Lives as long as the process.
struct Provider {
  DWORD entry = 0;
  int family = AF_UNSPEC;
  // The sockets are handles of the file system (XP1_IFS_HANDLES). Where a layered provider has put
  // something in between they are not, and a call that succeeds at once cannot be told to post no
  // packet: the layer below posts it. See SetFileCompletionNotificationModes.
  bool is_kernels = false;
  LPFN_ACCEPTEX accept = nullptr;
  LPFN_GETACCEPTEXSOCKADDRS accept_addresses = nullptr;
  LPFN_CONNECTEX connect = nullptr;
};

// A socket's provider; null for what is no socket.
const Provider* provider_of(SOCKET socket);

// Starts Winsock for the process. 0 or a Code.
int start_winsock();

}  // namespace pike
