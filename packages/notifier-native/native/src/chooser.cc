// The choice of a backend; see chooser.h.
#include "chooser.h"

#include <algorithm>

namespace pike {

namespace {

std::unique_ptr<Backend> make(const std::string& name, const Choice& choice, Core& core,
                              BufferSource& buffers) {
  for (const Candidate& candidate : candidates().list) {
    if (name == candidate.name) return candidate.make(choice, core, buffers);
  }
  return nullptr;
}

std::string names() {
  std::string all;
  for (const Candidate& candidate : candidates().list) {
    if (!all.empty()) all += ", ";
    all += candidate.name;
  }
  return all;
}

}  // namespace

std::unique_ptr<Backend> choose_backend(const Choice& choice, Core& core, BufferSource& buffers,
                                        std::string* chosen, std::string* reason, int* code) {
  const Candidates& all = candidates();
  const std::string list = choice.name.empty() ? all.preferred : choice.name;
  const bool alone = list.find(',') == std::string::npos;
  std::string before;  // why those ahead could not be had
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    *chosen = list.substr(at, end - at);
    at = end + 1;
    std::unique_ptr<Backend> backend = make(*chosen, choice, core, buffers);
    if (backend == nullptr) {
      const char* const there = all.list.size() == 1 ? "; there is: " : "; there are: ";
      *code = kUnsupported;
      *reason = "there is no backend \"" + *chosen + "\" on " + all.system + there + names();
      return nullptr;
    }
    *code = backend->open();
    if (*code == 0) {
      if (!before.empty()) *reason = before;
      else if (choice.name.empty()) *reason = *chosen + " is the default on " + all.system;
      else *reason = *chosen + (alone ? " was asked for by name" : " was asked for first");
      return backend;
    }
    if (!before.empty()) before += "; ";
    const std::string refusal = backend->refusal();
    before += *chosen + " cannot be had" + (refusal.empty() ? "" : ": " + refusal);
  }
  *reason = before + ". Way out: lift that";
  if (*chosen != all.plain) {
    *reason += ", or name \"" + all.plain + "\" (PIKE_NOTIFIER=" + all.plain + ")";
  }
  return nullptr;
}

}  // namespace pike
