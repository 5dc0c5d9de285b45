// The one place that knows which backends this system has, best first.
#include "backend.h"
#include "kqueue.h"

namespace pike {

std::unique_ptr<Backend> choose_backend(const Choice& choice, Core& core, BufferSource& buffers,
                                        std::string* chosen, std::string* reason, int* code) {
  *chosen = choice.name.empty() ? "kqueue" : choice.name;
  if (*chosen != "kqueue") {
    *code = kUnsupported;
    *reason = "there is no backend \"" + *chosen + "\" on this system; there is: kqueue";
    return nullptr;
  }
  auto backend = std::make_unique<Kqueue>(core, buffers);
  *code = backend->open();
  if (*code != 0) {
    *reason = "the system has no kqueue to give";
    return nullptr;
  }
  *reason = choice.name.empty() ? "kqueue is the only backend on this system"
                                : "kqueue was asked for by name";
  return backend;
}

}  // namespace pike
