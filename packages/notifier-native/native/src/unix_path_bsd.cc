// Unix paths on macOS and the BSDs; see unix_path.h, unix(4), mkdtemp(3).
//
// bind(2) makes the file with the mode that the umask leaves, fchmod(2) does not work on a socket,
// and the umask is the process's. So the file is made inside a folder that only we can enter, gets
// its mode there, and is then put into its place: by link(2), which replaces nothing, or, on file
// systems that give sockets no second name, by rename(2).
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "calls.h"
#include "errors.h"
#include "layout.h"
#include "unix_path.h"
#include "unix_path_bsd.h"

namespace pike {

namespace {

constexpr char kFolder[] = ".pike-XXXXXX";
constexpr size_t kPrefixSize = 6;  // ".pike-"
constexpr size_t kFolderSize = sizeof kFolder - 1;

// Where a path's last component begins.
size_t name_start(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? 0 : slash + 1;
}

// A socket file, of our user, on which nobody listens: what a server leaves behind when it dies.
bool is_left_over(const char* path, const SystemAddress& address) {
  struct stat about;
  if (lstat(path, &about) != 0 || !S_ISSOCK(about.st_mode) || about.st_uid != geteuid())
    return false;
  const int probe = socket_call(AF_UNIX, SOCK_STREAM);
  if (probe < 0) return false;
  const bool refused = connect(probe, address.get(), address.length) != 0 && errno == ECONNREFUSED;
  close(probe);
  return refused;
}

// Puts the file into its place, unless there is one. 0 or an errno.
int place(const char* from, const char* to) {
  if (link(from, to) == 0) return unlink(from) == 0 ? 0 : errno;
  if (errno == EEXIST) return EADDRINUSE;
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOTSUP && errno != EINVAL) return errno;
  struct stat about;
  if (lstat(to, &about) == 0) return EADDRINUSE;
  return rename(from, to) == 0 ? 0 : errno;
}

int place_over(const char* from, const char* to, const SystemAddress& address, bool replace) {
  int error = place(from, to);
  if (error != EADDRINUSE || !replace || !is_left_over(to, address)) return error;
  if (unlink(to) != 0 && errno != ENOENT) return errno;
  return place(from, to);
}

// Binds inside the folder and puts the file into its place. 0 or an errno.
int bind_within(int fd, const std::string& inside, const std::string& path, unsigned mode,
                const SystemAddress& address, bool replace, Special* special) {
  SystemAddress hidden;
  sockaddr_un* name = reinterpret_cast<sockaddr_un*>(&hidden.storage);
  memset(name, 0, sizeof *name);
  name->sun_family = AF_UNIX;
  memcpy(name->sun_path, inside.data(), inside.size());
  hidden.length = sizeof *name;
  if (bind(fd, hidden.get(), hidden.length) != 0) return errno;
  struct stat about;
  int error = 0;
  if (chmod(inside.c_str(), mode) != 0 || lstat(inside.c_str(), &about) != 0) error = errno;
  if (error == 0) error = place_over(inside.c_str(), path.c_str(), address, replace);
  if (error != 0) {
    unlink(inside.c_str());
    return error;
  }
  special->path = path;
  special->device = about.st_dev;
  special->inode = about.st_ino;
  return 0;
}

}  // namespace

std::string path_shown(const std::string& path) {
  const size_t name = name_start(path);
  if (name < kFolderSize + 1) return path;
  const size_t folder = name - 1 - kFolderSize;
  if (folder > 0 && path[folder - 1] != '/') return path;
  if (path.compare(folder, kPrefixSize, kFolder, kPrefixSize) != 0) return path;
  return path.substr(0, folder) + path.substr(name);
}

int bind_path(int fd, const SystemAddress& address, unsigned mode, bool replace, Special* special) {
  const std::string path = reinterpret_cast<const sockaddr_un*>(&address.storage)->sun_path;
  const size_t name = name_start(path);
  std::string folder = path.substr(0, name) + kFolder;
  const std::string inside_name = "/" + path.substr(name);
  // The folder takes room in a sockaddr, too.
  if (folder.size() + inside_name.size() >= sizeof(sockaddr_un::sun_path)) {
    return code_of(ENAMETOOLONG);
  }
  if (mkdtemp(&folder[0]) == nullptr) return code_of(errno);
  const int error =
      bind_within(fd, folder + inside_name, path, mode, address, replace, special);
  rmdir(folder.c_str());
  return error == 0 ? 0 : code_of(error);
}

void unlink_path(const Special& special) {
  struct stat about;
  if (lstat(special.path.c_str(), &about) != 0) return;
  if (about.st_dev == special.device && about.st_ino == special.inode) unlink(special.path.c_str());
}

}  // namespace pike
