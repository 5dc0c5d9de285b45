// Unix paths on Linux; see unix_path.h.
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>

#include "errors.h"
#include "unix_path.h"

namespace pike {

namespace {

// A socket file, of our user, on which nobody listens: what a server leaves behind when it dies.
bool is_left_over(const char* path, const SystemAddress& address) {
  struct stat about;
  if (lstat(path, &about) != 0 || !S_ISSOCK(about.st_mode) || about.st_uid != geteuid())
    return false;
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool refused = connect(probe, address.get(), address.length) != 0 && errno == ECONNREFUSED;
  close(probe);
  return refused;
}

// Notes which file was made, and gives back the bits of the mode that a umask took away. The file
// is held meanwhile: whoever puts a link into its place changes nothing.
int remember(const char* path, unsigned mode, Special* special) {
  const int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return code_of(errno);
  struct stat about;
  const bool is_socket = fstat(file, &about) == 0 && S_ISSOCK(about.st_mode);
  if (is_socket && (about.st_mode & 0777) != mode) {
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    chmod(name, mode);
  }
  close(file);
  if (!is_socket) return ENOENT;
  special->path = path;
  special->device = about.st_dev;
  special->inode = about.st_ino;
  return 0;
}

}  // namespace

int bind_path(int fd, const SystemAddress& address, unsigned mode, bool replace, Special* special) {
  const char* path = reinterpret_cast<const sockaddr_un*>(&address.storage)->sun_path;
  // The file takes the mode of the socket's own inode, less the umask: it is never wider than
  // asked, not even for a moment. Linux only.
  if (fchmod(fd, mode) != 0) return code_of(errno);
  if (bind(fd, address.get(), address.length) != 0) {
    const int error = errno;
    if (error != EADDRINUSE || !replace || !is_left_over(path, address)) return code_of(error);
    if (unlink(path) != 0 && errno != ENOENT) return code_of(errno);
    if (bind(fd, address.get(), address.length) != 0) return code_of(errno);
  }
  return remember(path, mode, special);
}

void unlink_path(const Special& special) {
  struct stat about;
  if (lstat(special.path.c_str(), &about) != 0) return;
  if (about.st_dev == special.device && about.st_ino == special.inode) unlink(special.path.c_str());
}

}  // namespace pike
