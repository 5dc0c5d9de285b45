// The signal masks of every thread of this process, read from /proc/self/task/*/status. Owns
// nothing.
#include "signal_threads_linux.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace pike {
namespace {

constexpr uint64_t kLibcBits = uint64_t{3} << 31;  // signals 32 and 33, on every Linux libc
constexpr uint64_t kUncatchableBits = uint64_t{1} << 8 | uint64_t{1} << 18;  // KILL and STOP

// Anything up to here is a reserved range of some libc; a program's own block-all covers the rest.
constexpr uint64_t kReservedBits = uint64_t{7} << 31;

bool read_file(int folder, const char* path, std::string* out) {
  const int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char piece[4096];
  ssize_t size;
  out->clear();
  while ((size = read(fd, piece, sizeof piece)) > 0) out->append(piece, static_cast<size_t>(size));
  close(fd);
  return size == 0;
}

// "SigBlk:\t0000000000000200" → 0x200.
uint64_t hex_field(const std::string& status, const char* label) {
  const size_t at = status.find(label);
  if (at == std::string::npos) return 0;
  return std::strtoull(status.c_str() + at + std::strlen(label), nullptr, 16);
}

bool has_ended(const std::string& status) {
  // The kernel tells neither masks nor a count of a thread that is past releasing its signal
  // handlers.
  if (status.find("\nThreads:\t0\n") != std::string::npos) return true;
  const size_t at = status.find("\nState:\t");
  if (at == std::string::npos) return true;
  const char state = status[at + 8];
  return state == 'Z' || state == 'X';
}

}  // namespace

bool ThreadMasks::in_libc() const { return (blocked & kLibcBits) == kLibcBits; }

bool ThreadMasks::blocks_all() const {
  return (blocked | kReservedBits | kUncatchableBits) == ~uint64_t{0};
}

pid_t current_thread() { return static_cast<pid_t>(syscall(SYS_gettid)); }

bool is_main_thread() { return current_thread() == getpid(); }

int list_threads(std::vector<ThreadMasks>* out) {
  out->clear();
  DIR* folder = opendir("/proc/self/task");
  if (folder == nullptr) return errno;
  std::string status;
  for (const dirent* entry; (entry = readdir(folder)) != nullptr;) {
    if (entry->d_name[0] == '.') continue;
    const std::string path = std::string(entry->d_name) + "/status";
    if (!read_file(dirfd(folder), path.c_str(), &status)) {
      if (errno != EMFILE && errno != ENFILE) continue;  // it has ended meanwhile
      const int error = errno;
      closedir(folder);
      return error;
    }
    if (has_ended(status)) continue;
    out->push_back({static_cast<pid_t>(std::atoi(entry->d_name)), hex_field(status, "\nSigBlk:\t"),
                    hex_field(status, "\nSigPnd:\t")});
  }
  closedir(folder);
  return 0;
}

}  // namespace pike
