// The backends of Windows; see chooser.h.
#include "chooser.h"
#include "iocp.h"

namespace pike {

const Candidates& candidates() {
  static const Candidates& all =
      *new Candidates{"Windows", "iocp", "iocp", {{"iocp", plainly<Iocp>}}};
  return all;
}

}  // namespace pike
