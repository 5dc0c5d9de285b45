// Which backends a system has: the table that one file a system fills in (chooser_linux.cc,
// chooser_kqueue.cc, chooser_windows.cc), one line a backend.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "backend.h"

namespace pike {

// What makes a backend: a function in the backend's own file.
using Maker = std::unique_ptr<Backend>(const Choice& choice, Core& core, BufferSource& buffers);

struct Candidate {
  const char* name;
  Maker* make;
};

struct Candidates {
  std::string system;  // for messages: "there is no backend … on <system>"
  // Tried when nobody names one; several, best first, joined by commas.
  std::string preferred;
  std::string plain;  // the one that every such system has
  std::vector<Candidate> list;
};

const Candidates& candidates();

// A table is made of lines `BACKEND(name, maker)`, each of which both declares and lists, so that a
// new backend takes one line.
#define PIKE_DECLARED(name, maker) Maker maker;
#define PIKE_LISTED(name, maker) {name, maker},

}  // namespace pike
