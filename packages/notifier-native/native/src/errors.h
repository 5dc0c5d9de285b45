// The system's error numbers as the contract's codes.
#pragma once
#include <cerrno>

namespace pike {

// The contract's code for an errno; kUnknownError for one it has no name for. The codes are Linux's
// numbers.
int code_of(int error);

// Whether accept(2) told of what happened to a connection, or to the network, rather than to the
// listener.
bool is_peers_own(int error);

// Whether a call found nothing to do.
inline bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace pike
