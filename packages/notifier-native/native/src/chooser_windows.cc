// The backends of Windows; see chooser.h.
#include "chooser.h"

namespace pike {

#define PIKE_BACKENDS(BACKEND) \
  BACKEND("iocp", make_iocp)

PIKE_BACKENDS(PIKE_DECLARED)

const Candidates& candidates() {
  static const Candidates& all =
      *new Candidates{"Windows", "iocp", "iocp", {PIKE_BACKENDS(PIKE_LISTED)}};
  return all;
}

}  // namespace pike
