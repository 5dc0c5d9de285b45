// Several datagrams with one system call, and what the system can merge or cut by itself (UDP GRO
// and GSO): one page of calls, so that what differs between systems stands in one file each.
#pragma once
#include <sys/uio.h>

#include <cstdint>

#include "address.h"

namespace pike {

// Most messages of one system call.
constexpr int kMessagesMax = 64;
// Most datagrams that one message is cut into: what every Linux with GSO takes (UDP_MAX_SEGMENTS).
constexpr int kSegmentsMax = 64;
// Most bytes of a message that is cut: what IPv4 leaves of 65,535.
constexpr uint32_t kSegmentedBytesMax = 65507;

// One message on its way in or out. The memory is the caller's.
struct Message {
  iovec* vectors = nullptr;
  int count = 0;
  SystemAddress* address = nullptr;  // in: filled with the sender's; out: where to, null: the peer
  uint32_t segment = 0;  // 0, or: the length of each datagram in it, of which the last may be less
  uint32_t bytes = 0;    // in: received
  bool cut = false;      // in: it was longer than its memory
};

// Receives up to `count` messages without waiting: how many, or -1 with errno. `behind`: an error
// that came up behind them and that the system will not tell again; else 0.
int receive_messages(int fd, Message* messages, int count, int* behind);

// Sends up to `count` messages without waiting: how many went, or -1 with errno of the first.
int send_messages(int fd, const Message* messages, int count);

// Lets the system hand over datagrams of one sender merged (UDP GRO). False where it cannot.
bool start_merging(int fd);

// Ends that. What waits in the socket is dropped: it may be merged, and nobody else would know.
void end_merging(int fd);

// Whether the system cuts what is sent (UDP GSO).
bool can_segment(int fd);

}  // namespace pike
