// The one place that knows which backends this system has, best first.
#include <algorithm>

#include "backend.h"
#include "epoll.h"
#include "uring.h"

namespace pike {

namespace {

// Tried in this order when nobody names one. See docs/decisions/0007-io-uring.md.
constexpr const char* kDefault = "epoll";

std::unique_ptr<Backend> make(const std::string& name, const Choice& choice, Core& core,
                              BufferSource& buffers) {
  if (name == "epoll") return std::make_unique<Epoll>(core, buffers);
  if (name == "io_uring") {
    return std::make_unique<Uring>(core, buffers, choice.features, choice.name == name);
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<Backend> choose_backend(const Choice& choice, Core& core, BufferSource& buffers,
                                        std::string* chosen, std::string* reason, int* code) {
  const std::string list = choice.name.empty() ? kDefault : choice.name;
  const bool alone = list.find(',') == std::string::npos;
  std::string before;  // why those ahead could not be had
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    *chosen = list.substr(at, end - at);
    at = end + 1;
    std::unique_ptr<Backend> backend = make(*chosen, choice, core, buffers);
    if (backend == nullptr) {
      *code = kUnsupported;
      *reason = "there is no backend \"" + *chosen + "\" on Linux; there are: epoll, io_uring";
      return nullptr;
    }
    *code = backend->open();
    if (*code == 0) {
      if (!before.empty()) *reason = before;
      else if (choice.name.empty()) *reason = "epoll is the default on Linux";
      else *reason = *chosen + (alone ? " was asked for by name" : " was asked for first");
      return backend;
    }
    if (!before.empty()) before += "; ";
    before += *chosen + " cannot be had: " + backend->refusal();
  }
  *reason = before + ". Way out: lift that, or name \"epoll\" (PIKE_NOTIFIER=epoll)";
  return nullptr;
}

}  // namespace pike
