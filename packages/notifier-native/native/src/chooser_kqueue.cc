// The backends of macOS and the BSDs; see chooser.h, docs/decisions/0009-kqueue.md.
#include "chooser.h"
#include "kqueue.h"

namespace pike {

const Candidates& candidates() {
  static const Candidates& all =
      *new Candidates{"this system", "kqueue", "kqueue", {{"kqueue", plainly<Kqueue>}}};
  return all;
}

}  // namespace pike
