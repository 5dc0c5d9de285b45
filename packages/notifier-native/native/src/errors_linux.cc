// Error numbers on Linux: the contract's codes are the same numbers, so only unknown ones need a
// word.
#include "errors.h"

#include <errno.h>

#include "layout.h"

namespace pike {

int code_of(int error) {
  switch (error) {
    case EPERM:
    case ENOENT:
    case EINTR:
    case EIO:
    case ENXIO:
    case EBADF:
    case EAGAIN:
    case ENOMEM:
    case EACCES:
    case EFAULT:
    case EBUSY:
    case EEXIST:
    case EXDEV:
    case ENODEV:
    case ENOTDIR:
    case EISDIR:
    case EINVAL:
    case ENFILE:
    case EMFILE:
    case ENOTTY:
    case EFBIG:
    case ENOSPC:
    case ESPIPE:
    case EROFS:
    case EPIPE:
    case ERANGE:
    case EDEADLK:
    case ENAMETOOLONG:
    case ENOSYS:
    case ENOTEMPTY:
    case ELOOP:
    case EPROTO:
    case EOVERFLOW:
    case EILSEQ:
    case ECANCELED:
      return error;
    default:
      // Everything about sockets lies in one run, ENOTSOCK to EINPROGRESS; two of it have no name
      // in the contract.
      if (error == ETOOMANYREFS) return kUnknownError;
      return error >= ENOTSOCK && error <= EINPROGRESS ? error : kUnknownError;
  }
}

// Linux passes errors of the network on to accept(2), and a firewall's refusal. See accept(2).
bool is_peers_own(int error) {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace pike
