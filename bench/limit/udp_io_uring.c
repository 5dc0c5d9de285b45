/*
 * The limit for datagrams on io_uring; what is received or sent is as in udp_receive and udp_send.
 *
 *   udp_io_uring receive plain|gro
 *   udp_io_uring send plain|gso BYTES COUNT
 *
 * Receives are one multishot recvmsg into provided buffers. Sends are submitted BATCH at a time by
 * one entry into the kernel; they need no order. Memory: the provided buffers, and the
 * datagrams, for the whole run.
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

#include "ring.h"
#include "service.h"

enum { ENTRIES = 256, COMPLETIONS = 4096, BATCH = 64, SEGMENTS_MAX = 64, MESSAGE_BYTES = 65507 };
/* A received message lies behind its header and its control data. */
enum { SLABS = 64, SLAB_BYTES = 65536 + 128, PLAINS = 1024, PLAIN_BYTES = 2048 };
enum kind { INPUT = 1, RECEIVE, SEND };

static struct ring ring;
static struct buffers buffers;
static struct msghdr layout; /* how much room a received message leaves for what */
static char *messages; /* as many datagrams as DATAGRAMS_APART, one after another */
static unsigned datagram_bytes, per_request, per_message;
static uint64_t datagrams, total_bytes;

static void watch_input(void) {
  ring_entry(&ring, IORING_OP_POLL_ADD, STDIN_FILENO, INPUT)->poll32_events = POLLIN;
}

static void receive_more(int fd) {
  struct io_uring_sqe *entry = ring_entry(&ring, IORING_OP_RECVMSG, fd, RECEIVE);
  entry->addr = (uint64_t)&layout;
  entry->len = 1;
  entry->ioprio = IORING_RECV_MULTISHOT;
  entry->flags = IOSQE_BUFFER_SELECT;
}

/* The size of the datagrams in a message; its length when there is one only. */
static unsigned segment_size(const struct io_uring_recvmsg_out *out) {
  if (out->controllen < sizeof(struct cmsghdr)) return out->payloadlen;
  const struct cmsghdr *control = (const struct cmsghdr *)(out + 1);
  if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO) return out->payloadlen;
  int size;
  memcpy(&size, CMSG_DATA(control), sizeof size);
  return (unsigned)size;
}

static void received(const struct io_uring_cqe *completion, int fd) {
  if ((completion->flags & IORING_CQE_F_BUFFER) != 0) {
    const unsigned id = completion->flags >> IORING_CQE_BUFFER_SHIFT;
    const struct io_uring_recvmsg_out *out = (const void *)buffers_at(&buffers, id);
    if (out->payloadlen > 0) {
      const unsigned size = segment_size(out);
      datagrams += (out->payloadlen + size - 1) / size;
      total_bytes += out->payloadlen;
    }
    buffers_return(&buffers, id);
    buffers_publish(&buffers);
  } else if (completion->res < 0 && completion->res != -ENOBUFS) {
    errno = -completion->res;
    die("recvmsg");
  }
  if ((completion->flags & IORING_CQE_F_MORE) == 0) receive_more(fd);
}

static void answer(void) {
  printf("{\"datagrams\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", datagrams, total_bytes);
}

_Noreturn static void receive_all(bool gro) {
  const int fd = service_bind_udp();
  const int on = 1;
  if (gro && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0) die("UDP_GRO");
  if (gro) layout.msg_controllen = CMSG_SPACE(sizeof(int));
  buffers_open(&ring, &buffers, 0, gro ? SLABS : PLAINS, gro ? SLAB_BYTES : PLAIN_BYTES);
  receive_more(fd);
  watch_input();
  for (;;) {
    ring_enter(&ring, 1);
    for (struct io_uring_cqe *next; (next = ring_next(&ring)) != NULL;) {
      const struct io_uring_cqe completion = *next;
      ring_seen(&ring);
      if (completion.user_data == RECEIVE) {
        received(&completion, fd);
      } else {
        service_input(answer);
        watch_input();
      }
    }
  }
}

/* Submits a batch and takes its completions; gives how many datagrams went out. */
static unsigned send_batch(int fd, unsigned left) {
  unsigned submitted = 0, planned = 0, sent = 0, place = 0;
  for (; submitted < BATCH && planned < left; submitted++) {
    const unsigned count = left - planned < per_message ? left - planned : per_message;
    struct io_uring_sqe *entry = ring_entry(&ring, IORING_OP_SEND, fd, SEND);
    if (place + count > DATAGRAMS_APART) place = 0;
    entry->addr = (uint64_t)(messages + (size_t)place * datagram_bytes);
    entry->len = count * datagram_bytes;
    place += count;
    planned += count;
  }
  ring_enter(&ring, submitted);
  for (unsigned done = 0; done < submitted;) {
    struct io_uring_cqe *next = ring_next(&ring);
    if (next == NULL) {
      ring_enter(&ring, 1);
      continue;
    }
    if (next->res > 0) sent += (unsigned)next->res / datagram_bytes;
    if (next->res < 0 && next->res != -ENOBUFS && next->res != -EAGAIN) {
      errno = -next->res;
      die("send");
    }
    ring_seen(&ring);
    done++;
  }
  return sent;
}

/* Returns false at the end of the stream. */
static bool read_bytes(int fd, unsigned char *bytes, size_t length) {
  return recv(fd, bytes, length, MSG_WAITALL) == (ssize_t)length;
}

static void serve(int control, bool gso) {
  unsigned char port[2], request;
  if (!read_bytes(control, port, sizeof port)) return;
  const int fd = connect_udp((uint16_t)(port[0] << 8 | port[1]));
  const int size = (int)datagram_bytes;
  if (gso && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) != 0) die("UDP_SEGMENT");
  while (read_bytes(control, &request, 1)) {
    for (unsigned left = per_request; left > 0;) {
      const unsigned sent = send_batch(fd, left);
      left -= sent;
      datagrams += sent;
      total_bytes += (uint64_t)sent * datagram_bytes;
    }
    if (send(control, "", 1, MSG_NOSIGNAL) != 1) break;
  }
  close(fd);
}

_Noreturn static void send_all(bool gso) {
  per_message = gso ? MESSAGE_BYTES / datagram_bytes : 1;
  if (per_message > SEGMENTS_MAX) per_message = SEGMENTS_MAX;
  messages = datagrams_apart(datagram_bytes);
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

int main(int argc, char **argv) {
  service_begin("udp_io_uring");
  const char *direction = argc > 2 ? argv[1] : "", *kind = argc > 2 ? argv[2] : "";
  const bool offload = strcmp(kind, "gro") == 0 || strcmp(kind, "gso") == 0;
  ring_open(&ring, ENTRIES, COMPLETIONS);
  if (argc == 3 && strcmp(direction, "receive") == 0) receive_all(offload);
  if (argc != 5 || strcmp(direction, "send") != 0)
    refuse("receive plain|gro, or send plain|gso BYTES COUNT");
  datagram_bytes = number_argument(argv[3]);
  per_request = number_argument(argv[4]);
  if (datagram_bytes > MESSAGE_BYTES) refuse("too large");
  send_all(offload);
}
