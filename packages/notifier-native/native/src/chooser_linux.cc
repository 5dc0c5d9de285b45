// The backends of Linux; see chooser.h, docs/decisions/0007-io-uring.md.
#include "chooser.h"

namespace pike {

#define PIKE_BACKENDS(BACKEND) \
  BACKEND("epoll", make_epoll) \
  BACKEND("io_uring", make_uring)

PIKE_BACKENDS(PIKE_DECLARED)

const Candidates& candidates() {
  static const Candidates& all =
      *new Candidates{"Linux", "epoll", "epoll", {PIKE_BACKENDS(PIKE_LISTED)}};
  return all;
}

}  // namespace pike
