// Which backends a system has: the table that one file a system fills in (chooser_linux.cc,
// chooser_kqueue.cc, chooser_windows.cc), one line a backend.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "backend.h"

namespace pike {

struct Candidate {
  const char* name;
  std::unique_ptr<Backend> (*make)(const Choice& choice, Core& core, BufferSource& buffers);
};

struct Candidates {
  std::string system;  // for messages: "there is no backend … on <system>"
  // Tried when nobody names one; several, best first, joined by commas.
  std::string preferred;
  std::string plain;  // the one that every such system has
  std::vector<Candidate> list;
};

const Candidates& candidates();

// For the common case: a backend made of nothing but what every backend gets.
template <typename Made>
std::unique_ptr<Backend> plainly(const Choice&, Core& core, BufferSource& buffers) {
  return std::make_unique<Made>(core, buffers);
}

}  // namespace pike
