// What the backend on Windows needs of sockets beyond sockets.h and descriptors.h.
#pragma once
#include "handles.h"

namespace pike {

// A TCP socket for overlapped calls, not inherited by children, with TCP_NODELAY; INVALID_SOCKET
// and WSAGetLastError.
SOCKET open_stream(int family);

// Whether a datagram socket hears that an earlier datagram met no one. Windows tells so by default,
// also where nobody can know which datagram it was.
void report_refusals(const Handle& handle, bool report);

// Whether this Windows can take a handle out of a completion port (8.1 and later can).
bool can_dissociate();
// Takes it out; false when it would not be.
bool dissociate(const Handle& handle);

// Whether an error is about an earlier datagram of ours, which met no one. Only a connected socket
// is to hear of it.
bool is_refusal(int error);

}  // namespace pike
