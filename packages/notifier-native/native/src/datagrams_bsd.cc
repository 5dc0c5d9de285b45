// Several datagrams one by one, where no call for many is documented; see datagrams.h, recvmsg(2),
// sendmsg(2). Nothing is merged and nothing cut.
#include "datagrams.h"

#include <errno.h>
#include <sys/socket.h>

#include "calls.h"
#include "errors.h"

namespace pike {

namespace {

msghdr header_of(const Message& message) {
  msghdr header{};
  header.msg_iov = message.vectors;
  header.msg_iovlen = message.count;
  return header;
}

}  // namespace

int receive_messages(int fd, Message* messages, int count, int* behind) {
  *behind = 0;
  for (int i = 0; i < count; i++) {
    Message& message = messages[i];
    msghdr header = header_of(message);
    header.msg_name = &message.address->storage;
    header.msg_namelen = sizeof message.address->storage;
    const ssize_t bytes = recvmsg(fd, &header, MSG_DONTWAIT);
    if (bytes < 0) {
      if (i == 0) return -1;
      if (!would_block(errno) && errno != EINTR) *behind = errno;
      return i;
    }
    message.address->length = header.msg_namelen;
    message.bytes = static_cast<uint32_t>(bytes);
    message.segment = 0;
    message.cut = (header.msg_flags & MSG_TRUNC) != 0;
  }
  return count;
}

int send_messages(int fd, const Message* messages, int count) {
  for (int i = 0; i < count; i++) {
    msghdr header = header_of(messages[i]);
    if (messages[i].address != nullptr) {
      header.msg_name = &messages[i].address->storage;
      header.msg_namelen = messages[i].address->length;
    }
    // What failed behind others fails again when it is first.
    if (sendmsg(fd, &header, kSendFlags) < 0) return i == 0 ? -1 : i;
  }
  return count;
}

bool start_merging(int) { return false; }

void end_merging(int) {}

bool can_segment(int) { return false; }

}  // namespace pike
