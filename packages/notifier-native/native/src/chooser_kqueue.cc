// The one place that knows which backends this system has, best first.
#include "backend.h"
#include "kqueue.h"

namespace pike {

std::unique_ptr<Backend> choose_backend(const std::string& name, Core& core, BufferSource& buffers,
                                        std::string* chosen, std::string* reason) {
  if (!name.empty() && name != "kqueue") {
    *reason = "there is no backend \"" + name + "\" on this system; there is: kqueue";
    return nullptr;
  }
  *chosen = "kqueue";
  *reason = name.empty() ? "kqueue is the only backend on this system"
                         : "kqueue was asked for by name";
  return std::make_unique<Kqueue>(core, buffers);
}

}  // namespace pike
