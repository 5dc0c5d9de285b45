/*
 * The limit for sent datagrams: sendmmsg(2) of single datagrams, or of segments (UDP_SEGMENT).
 *
 *   udp_send plain|gso BYTES COUNT
 *
 * The load connects over TCP and sends the port that the datagrams are to go to, as two bytes, the
 * higher first. Then it sends one byte for each COUNT datagrams that it wants, and gets one byte
 * back when they are sent. Answers {"datagrams":N}; see service.h. Memory: the datagrams, for the
 * whole run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service.h"

/* One message holds at most 65,507 bytes and 64 segments (older kernels than 6.9). */
enum { MESSAGE_BYTES = 65507, SEGMENTS_MAX = 64, BATCH = 64 };

static char *datagrams; /* as many as DATAGRAMS_APART, one after another */
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];
static unsigned datagram_bytes, per_request, per_message;
static uint64_t sent_count;

static void prepare(bool gso) {
  per_message = gso ? MESSAGE_BYTES / datagram_bytes : 1;
  if (per_message > SEGMENTS_MAX) per_message = SEGMENTS_MAX;
  datagrams = datagrams_apart(datagram_bytes);
  for (int i = 0; i < BATCH; i++)
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
}

static void wait_writable(int fd) {
  struct pollfd waiting = {.fd = fd, .events = POLLOUT};
  if (poll(&waiting, 1, -1) < 0 && errno != EINTR) die("poll");
}

static void send_request(int fd) {
  unsigned left = per_request, place = 0;
  while (left > 0) {
    unsigned filled = 0, planned = 0;
    for (; filled < BATCH && planned < left; filled++) {
      const unsigned count = left - planned < per_message ? left - planned : per_message;
      if (place + count > DATAGRAMS_APART) place = 0;
      vectors[filled] = (struct iovec){.iov_base = datagrams + (size_t)place * datagram_bytes,
                                       .iov_len = (size_t)count * datagram_bytes};
      place += count;
      planned += count;
    }
    const int count = sendmmsg(fd, messages, filled, 0);
    if (count < 0 && (errno == EAGAIN || errno == ENOBUFS)) wait_writable(fd);
    if (count < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) die("sendmmsg");
    for (int i = 0; i < count; i++) {
      const unsigned done = messages[i].msg_len / datagram_bytes;
      left -= done;
      sent_count += done;
    }
  }
}

/* Returns false at the end of the stream. */
static bool read_bytes(int fd, unsigned char *bytes, size_t length) {
  for (size_t filled = 0; filled < length;) {
    const ssize_t count = recv(fd, bytes + filled, length - filled, 0);
    if (count > 0)
      filled += (size_t)count;
    else if (count == 0 || errno != EINTR)
      return false;
  }
  return true;
}

static void serve(int control, bool gso) {
  unsigned char port[2], request;
  if (!read_bytes(control, port, sizeof port)) return;
  const int fd = connect_udp((uint16_t)(port[0] << 8 | port[1]));
  const int size = (int)datagram_bytes;
  if (gso && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) != 0)
    die("UDP_SEGMENT");
  while (read_bytes(control, &request, 1)) {
    send_request(fd);
    if (send(control, "", 1, MSG_NOSIGNAL) != 1) break;
  }
  close(fd);
}

static void answer(void) { printf("{\"datagrams\":%" PRIu64 "}\n", sent_count); }

int main(int argc, char **argv) {
  service_begin("udp_send");
  if (argc != 4 || (strcmp(argv[1], "gso") != 0 && strcmp(argv[1], "plain") != 0))
    refuse("plain or gso, then BYTES and COUNT");
  const bool gso = strcmp(argv[1], "gso") == 0;
  datagram_bytes = number_argument(argv[2]);
  per_request = number_argument(argv[3]);
  if (datagram_bytes > MESSAGE_BYTES) refuse("too large");
  prepare(gso);
  const int listener = service_listen();
  for (;;) {
    /* While a peer is served nobody looks at standard input; the peer goes first. */
    struct pollfd watched[] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    if (poll(watched, 2, -1) < 0 && errno != EINTR) die("poll");
    if (watched[1].revents != 0) service_input(answer);
    if (watched[0].revents == 0) continue;
    const int control = accept(listener, NULL, NULL);
    if (control < 0) continue;
    serve(control, gso);
    close(control);
  }
}
