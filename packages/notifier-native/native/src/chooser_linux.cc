// The one place that knows which backends this system has, best first.
#include "backend.h"
#include "epoll.h"
#include "uring.h"

namespace pike {

std::unique_ptr<Backend> choose_backend(const std::string& name, Core& core, BufferSource& buffers,
                                        std::string* chosen, std::string* reason) {
  if (name == "io_uring") {
    *chosen = name;
    *reason = "io_uring was asked for by name";
    return std::make_unique<Uring>(core, buffers);
  }
  if (!name.empty() && name != "epoll") {
    *reason = "there is no backend \"" + name + "\" on Linux; there are: epoll, io_uring";
    return nullptr;
  }
  *chosen = "epoll";
  *reason =
      name.empty() ? "epoll is the only backend on Linux so far" : "epoll was asked for by name";
  return std::make_unique<Epoll>(core, buffers);
}

}  // namespace pike
