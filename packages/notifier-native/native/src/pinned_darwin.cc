// The binary stays in memory on macOS, where no linker's flag says so: Node unloads an addon that
// only a worker loaded, and a signal's handler would be gone with it. See dlopen(3).
#include <dlfcn.h>

namespace pike {

namespace {

bool pin() {
  Dl_info own;
  if (dladdr(reinterpret_cast<const void*>(&pin), &own) == 0) return false;
  // Never closed.
  return dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

[[maybe_unused]] const bool pinned = pin();

}  // namespace

}  // namespace pike
