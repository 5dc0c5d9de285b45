// The system's error numbers as the contract's codes.
#pragma once

namespace pike {

// The contract's code for an errno; kUnknownError for one it has no name for. The codes are Linux's
// numbers.
int code_of(int error);

}  // namespace pike
