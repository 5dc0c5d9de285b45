// The backends of macOS and the BSDs; see chooser.h, docs/decisions/0009-kqueue.md.
#include "chooser.h"

namespace pike {

#define PIKE_BACKENDS(BACKEND) \
  BACKEND("kqueue", make_kqueue)

PIKE_BACKENDS(PIKE_DECLARED)

const Candidates& candidates() {
  static const Candidates& all =
      *new Candidates{"this system", "kqueue", "kqueue", {PIKE_BACKENDS(PIKE_LISTED)}};
  return all;
}

}  // namespace pike
