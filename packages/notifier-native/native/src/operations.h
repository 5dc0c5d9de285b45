// What is the same about the operations in every backend: which queue they stand in, which handles
// serve them, and what they leave in the slab.
#pragma once
#include "core.h"

namespace pike {

// Whether it stands among the readers; the others are writers, and a connect goes before writes.
inline bool reads(const Request& request) {
  return request.operation != kWrite && request.operation != kSendTo &&
         request.operation != kConnect && request.operation != kSendMany;
}

// Signals and events have descriptors of their own making: their bytes and their life are not the
// caller's.
inline bool serves(const Handle& handle, Operation operation) {
  if (operation < kRead || operation > kAcceptMany) return false;
  if (operation == kClose || operation == kWait) return true;
  if (handle.kind == Kind::kSignal) return operation == kSignal;
  if (handle.kind == Kind::kEvent) return operation == kEvent;
  return operation != kSignal && operation != kEvent;
}

// What a finished request left in the slab: its chunk, or an address.
inline uint32_t slab_used(const Request& request, int64_t result) {
  if (result < 0 || request.operation == kWrite) return 0;
  if (request.operation == kReceiveMany || request.operation == kSendMany) return 0;
  if (request.operation == kAcceptMany) return static_cast<uint32_t>(result) * sizeof(double);
  if (request.operation == kRead) return request.size > 0 ? static_cast<uint32_t>(result) : 0;
  return kAddressBytes;
}

}  // namespace pike
