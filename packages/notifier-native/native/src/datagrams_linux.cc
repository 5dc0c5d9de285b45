// Several datagrams with one system call on Linux; see datagrams.h, recvmmsg(2), sendmmsg(2),
// udp(7): UDP_GRO since Linux 5.0, UDP_SEGMENT since 4.18.
#include "datagrams.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>

#include "errors.h"

namespace pike {

namespace {

// Of linux/udp.h; the C library's headers may be older than the kernel.
constexpr int kUdpSegment = 103;
constexpr int kUdpGro = 104;

// More than any socket holds: under a flood emptying it might not end.
constexpr int kDropsMax = 1 << 20;

// Room for the length of merged datagrams and for what an option set by others may add.
constexpr size_t kControlBytes = 256;
struct Control {
  alignas(cmsghdr) uint8_t bytes[kControlBytes];
};

uint32_t segment_of(msghdr* message) {
  for (cmsghdr* one = CMSG_FIRSTHDR(message); one != nullptr; one = CMSG_NXTHDR(message, one)) {
    if (one->cmsg_level != IPPROTO_UDP || one->cmsg_type != kUdpGro) continue;
    int segment = 0;
    memcpy(&segment, CMSG_DATA(one), sizeof segment);
    return segment > 0 ? static_cast<uint32_t>(segment) : 0;
  }
  return 0;
}

bool set_merging(int fd, int on) {
  return setsockopt(fd, IPPROTO_UDP, kUdpGro, &on, sizeof on) == 0;
}

void put_segment(msghdr* message, Control* control, uint32_t segment) {
  const uint16_t value = static_cast<uint16_t>(segment);
  message->msg_control = control->bytes;
  message->msg_controllen = CMSG_SPACE(sizeof value);
  memset(control->bytes, 0, CMSG_SPACE(sizeof value));
  cmsghdr* one = CMSG_FIRSTHDR(message);
  one->cmsg_level = IPPROTO_UDP;
  one->cmsg_type = kUdpSegment;
  one->cmsg_len = CMSG_LEN(sizeof value);
  memcpy(CMSG_DATA(one), &value, sizeof value);
}

}  // namespace

int receive_messages(int fd, Message* messages, int count, int* behind) {
  *behind = 0;  // the kernel keeps it for the next call, see recvmmsg(2)
  mmsghdr headers[kMessagesMax];
  Control controls[kMessagesMax];
  count = std::min(count, kMessagesMax);
  for (int i = 0; i < count; i++) {
    msghdr& header = headers[i].msg_hdr;
    header.msg_name = &messages[i].address->storage;
    header.msg_namelen = sizeof messages[i].address->storage;
    header.msg_iov = messages[i].vectors;
    header.msg_iovlen = static_cast<size_t>(messages[i].count);
    header.msg_control = controls[i].bytes;
    header.msg_controllen = kControlBytes;
    header.msg_flags = 0;
  }
  const int received =
      recvmmsg(fd, headers, static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
  for (int i = 0; i < received; i++) {
    msghdr& header = headers[i].msg_hdr;
    messages[i].address->length = header.msg_namelen;
    messages[i].bytes = headers[i].msg_len;
    messages[i].segment = header.msg_controllen > 0 ? segment_of(&header) : 0;
    // Without its ancillary data nobody knows where a merged datagram ends: then it is not whole.
    const bool unknown = (header.msg_flags & MSG_CTRUNC) != 0 && messages[i].segment == 0;
    messages[i].cut = (header.msg_flags & MSG_TRUNC) != 0 || unknown;
  }
  return received;
}

int send_messages(int fd, const Message* messages, int count) {
  mmsghdr headers[kMessagesMax];
  Control controls[kMessagesMax];
  count = std::min(count, kMessagesMax);
  for (int i = 0; i < count; i++) {
    msghdr& header = headers[i].msg_hdr;
    header = {};
    if (messages[i].address != nullptr) {
      header.msg_name = &messages[i].address->storage;
      header.msg_namelen = messages[i].address->length;
    }
    header.msg_iov = messages[i].vectors;
    header.msg_iovlen = static_cast<size_t>(messages[i].count);
    if (messages[i].segment > 0) put_segment(&header, &controls[i], messages[i].segment);
  }
  return sendmmsg(fd, headers, static_cast<unsigned>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool start_merging(int fd) { return set_merging(fd, 1); }

void end_merging(int fd) {
  set_merging(fd, 0);  // from here on nothing more is merged
  for (int drops = 0; drops < kDropsMax; drops++) {
    uint8_t byte;
    if (recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && would_block(errno)) return;
  }
}

bool can_segment(int fd) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, IPPROTO_UDP, kUdpSegment, &value, &size) == 0;
}

}  // namespace pike
