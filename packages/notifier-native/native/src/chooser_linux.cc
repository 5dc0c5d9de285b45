// The backends of Linux; see chooser.h, docs/decisions/0007-io-uring.md.
#include "chooser.h"
#include "epoll.h"
#include "uring.h"

namespace pike {

namespace {

std::unique_ptr<Backend> make_uring(const Choice& choice, Core& core, BufferSource& buffers) {
  const bool wanted = choice.name == "io_uring";
  return std::make_unique<Uring>(core, buffers, choice.features, wanted);
}

}  // namespace

const Candidates& candidates() {
  static const Candidates& all = *new Candidates{
      "Linux", "epoll", "epoll", {{"epoll", plainly<Epoll>}, {"io_uring", make_uring}}};
  return all;
}

}  // namespace pike
