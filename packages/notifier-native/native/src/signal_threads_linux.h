// The signal masks of every thread of this process, as /proc shows them. proc(5)
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace pike {

struct ThreadMasks {
  pid_t thread;
  uint64_t blocked;  // SigBlk
  uint64_t pending;  // SigPnd: sent to this one thread and not yet delivered

  // Inside libc, which blocks even its own signals while it makes a thread or a process: the mask
  // will be another in a moment, and a thread is about to appear with whatever the creator's mask
  // was.
  bool in_libc() const;

  // Everything a program can block is: for good, or for the length of some other library's critical
  // section.
  bool blocks_all() const;
};

// The calling thread's id, and whether it is the process's first. Async-signal-safe.
pid_t current_thread();
bool is_main_thread();

// Every thread except those that have ended. 0 or an errno: ENOENT without /proc, EMFILE, ENFILE.
int list_threads(std::vector<ThreadMasks>* out);

}  // namespace pike
