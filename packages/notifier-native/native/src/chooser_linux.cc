// The one place that knows which backends this system has, best first.
#include "backend.h"
#include "epoll.h"

namespace pike {

std::unique_ptr<Backend> choose_backend(const std::string& name, Core& core, BufferSource& buffers,
                                        std::string* chosen, std::string* reason) {
  if (!name.empty() && name != "epoll") {
    *reason = "there is no backend \"" + name + "\" on Linux; there is: epoll";
    return nullptr;
  }
  *chosen = "epoll";
  *reason =
      name.empty() ? "epoll is the only backend on Linux so far" : "epoll was asked for by name";
  return std::make_unique<Epoll>(core, buffers);
}

}  // namespace pike
