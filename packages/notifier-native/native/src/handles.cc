// The handle table; see handles.h.
#include "handles.h"

namespace pike {

Handle* Handles::open(Descriptor fd, Kind kind) {
  if (count_ >= limit_) return nullptr;
  uint32_t slot = free_;
  if (slot == kNone) {
    slot = used_++;
    if ((slot & 1023) == 0) blocks_.push_back(std::make_unique<Handle[]>(1024));
  } else {
    free_ = at(slot)->reads.head;
  }
  Handle* handle = at(slot);
  const uint32_t generation = handle->generation;
  *handle = Handle();
  handle->slot = slot;
  handle->generation = generation;
  handle->fd = fd;
  handle->kind = kind;
  count_++;
  return handle;
}

void Handles::free(Handle& handle) {
  handle.kind = Kind::kFree;
  handle.fd = kNoDescriptor;
  handle.generation = handle.generation == UINT32_MAX ? 1 : handle.generation + 1;
  handle.reads.head = free_;
  free_ = handle.slot;
  count_--;
}

Handle* Handles::by_id(double id) {
  // A generation has 32 bits: larger ids, and parts of a whole, are nobody's.
  constexpr double kIdsMax = static_cast<double>(uint64_t{1} << (32 + kSlotBits));
  if (!(id >= kSlotsMax) || id >= kIdsMax) return nullptr;
  const uint64_t whole = static_cast<uint64_t>(id);
  if (static_cast<double>(whole) != id) return nullptr;
  return by_token(((whole >> kSlotBits) << 32) | (whole & (kSlotsMax - 1)));
}

Handle* Handles::by_token(uint64_t token) {
  Handle* handle = at(static_cast<uint32_t>(token));
  if (handle == nullptr || handle->kind == Kind::kFree) return nullptr;
  return handle->generation == static_cast<uint32_t>(token >> 32) ? handle : nullptr;
}

}  // namespace pike
