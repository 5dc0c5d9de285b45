// The one place that knows which backends this system has, best first.
#include "backend.h"
#include "iocp.h"

namespace pike {

std::unique_ptr<Backend> choose_backend(const Choice& choice, Core& core, BufferSource& buffers,
                                        std::string* chosen, std::string* reason, int* code) {
  if (!choice.name.empty() && choice.name != "iocp") {
    *code = kUnsupported;
    *reason = "there is no backend \"" + choice.name + "\" on Windows; there is: iocp";
    return nullptr;
  }
  *chosen = "iocp";
  *reason = choice.name.empty() ? "I/O completion ports are the only backend on Windows"
                                : "iocp was asked for by name";
  auto backend = std::make_unique<Iocp>(core, buffers);
  *code = backend->open();
  if (*code == 0) return backend;
  *reason = "no completion port could be had";
  return nullptr;
}

}  // namespace pike
