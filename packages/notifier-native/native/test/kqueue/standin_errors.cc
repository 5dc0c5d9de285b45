// Errors of sockets that a filter of the stand-in has told, and so has taken from Linux, which
// tells one once: the call that would have been told next is told here. That is getsockopt(2), or a
// read that finds the end. The linker leads them here (--wrap).
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>

#include "standin_queue.h"

extern "C" {
int __real_getsockopt(int fd, int level, int name, void* value, socklen_t* size);
ssize_t __real_read(int fd, void* to, size_t size);
ssize_t __real_recvmsg(int fd, msghdr* message, int flags);
long __real_syscall(long number, ...);
int __wrap_getsockopt(int fd, int level, int name, void* value, socklen_t* size);
ssize_t __wrap_read(int fd, void* to, size_t size);
ssize_t __wrap_recvmsg(int fd, msghdr* message, int flags);
long __wrap_syscall(long number, ...);
}

namespace standin {

namespace {

struct Errors {
  std::mutex mutex;
  std::map<int, int> kept;
  std::atomic<int> count{0};  // of those kept: most calls need not look
};

// Never destroyed: threads may read while the process exits.
Errors& errors() {
  static Errors* const the = new Errors();
  return *the;
}

// The error kept for a descriptor, which is then told; 0 when there is none.
int take_error(int fd) {
  Errors& all = errors();
  if (all.count.load(std::memory_order_acquire) == 0) return 0;
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.kept.find(fd);
  if (found == all.kept.end()) return 0;
  const int error = found->second;
  all.kept.erase(found);
  all.count--;
  return error;
}

// What a read of `size` bytes answered, or the error that Linux would have told.
ssize_t answered(int fd, size_t size, ssize_t result) {
  if (result != 0 || size == 0) return result;
  const int error = take_error(fd);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

}  // namespace

int peek_error(int fd) {
  Errors& all = errors();
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.kept.find(fd);
  if (found != all.kept.end()) return found->second;
  int error = 0;
  socklen_t size = sizeof error;
  if (__real_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0) return 0;
  all.kept[fd] = error;
  all.count++;
  return error;
}

void forget_error(int fd) { take_error(fd); }

}  // namespace standin

int __wrap_getsockopt(int fd, int level, int name, void* value, socklen_t* size) {
  const int result = __real_getsockopt(fd, level, name, value, size);
  if (result != 0 || level != SOL_SOCKET || name != SO_ERROR || *size < sizeof(int)) return result;
  int* const error = static_cast<int*>(value);
  const int kept = standin::take_error(fd);
  if (*error == 0) *error = kept;
  return result;
}

ssize_t __wrap_read(int fd, void* to, size_t size) {
  return standin::answered(fd, size, __real_read(fd, to, size));
}

ssize_t __wrap_recvmsg(int fd, msghdr* message, int flags) {
  const size_t size = message->msg_iovlen == 0 ? 0 : message->msg_iov[0].iov_len;
  return standin::answered(fd, size, __real_recvmsg(fd, message, flags));
}

// So many words belong to a system call of the binary. One that is not listed would be passed on
// with words that nobody gave.
static int words_of(long number) {
  switch (number) {
    case SYS_gettid:
      return 0;
    case SYS_tgkill:
    case SYS_write:
      return 3;
    case SYS_accept4:
    case SYS_rt_sigtimedwait:
    case SYS_rt_tgsigqueueinfo:
    case SYS_signalfd4:
      return 4;
    case SYS_ppoll:
      return 5;
    case SYS_recvfrom:
    case SYS_sendto:
      return 6;
    default:
      abort();
  }
}

// recv(2) and send(2) of the binary are plain system calls.
long __wrap_syscall(long number, ...) {
  long words[6] = {};
  va_list list;
  va_start(list, number);
  for (int i = 0; i < words_of(number); i++) words[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_sendto && standin::is_full()) {
    errno = ENOBUFS;
    return -1;
  }
  const long result =
      __real_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
  if (number != SYS_recvfrom) return result;
  return standin::answered(static_cast<int>(words[0]), static_cast<size_t>(words[2]), result);
}
