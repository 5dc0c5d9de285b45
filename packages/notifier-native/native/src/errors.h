// The system's error numbers as the contract's codes.
#pragma once
#include <cerrno>

namespace pike {

// The contract's code for an errno; kUnknownError for one it has no name for. The codes are Linux's
// numbers.
int code_of(int error);

// Whether a call found nothing to do.
inline bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace pike
