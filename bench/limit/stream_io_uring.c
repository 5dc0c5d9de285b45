/*
 * The limit for large streams, on io_uring: a server that only receives or only sends.
 *
 *   stream_io_uring receive BYTES        answers one byte for every BYTES received
 *   stream_io_uring send BYTES COUNT     answers each byte with COUNT messages of BYTES
 *
 * Receives are multishot into provided buffers, which go back at once. Sends are linked, so that
 * they keep their order, up to BATCH of them submitted by one entry into the kernel; a link that
 * breaks ends the connection. echo_io_uring is the server that sends back. One connection at a
 * time. Memory: the provided buffers, and one static message.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ring.h"
#include "service.h"

enum { ENTRIES = 256, COMPLETIONS = 4096, BUFFERS = 64, BUFFER_BYTES = 65536, BATCH = 16 };
enum kind { ACCEPT = 1, INPUT, RECEIVE, SEND, ACKNOWLEDGE };

static struct ring ring;
static struct buffers buffers;
static char message[BUFFER_BYTES];
static unsigned message_bytes, messages_per_request;
static bool receiving;
static int peer = -1;
static uint64_t peer_bytes, total_bytes; /* received or sent */
static uint64_t owed, acknowledged;      /* messages, and bytes of acknowledgement */
static unsigned in_flight;               /* sends of the batch on its way */

static void accept_more(int listener) {
  struct io_uring_sqe *entry = ring_entry(&ring, IORING_OP_ACCEPT, listener, ACCEPT);
  entry->ioprio = IORING_ACCEPT_MULTISHOT;
  entry->accept_flags = SOCK_CLOEXEC;
}

static void watch_input(void) {
  ring_entry(&ring, IORING_OP_POLL_ADD, STDIN_FILENO, INPUT)->poll32_events = POLLIN;
}

static void receive_more(void) {
  struct io_uring_sqe *entry = ring_entry(&ring, IORING_OP_RECV, peer, RECEIVE);
  entry->ioprio = IORING_RECV_MULTISHOT;
  entry->flags = IOSQE_BUFFER_SELECT;
}

static void send_bytes(const char *bytes, unsigned length, enum kind kind, bool linked) {
  struct io_uring_sqe *entry = ring_entry(&ring, IORING_OP_SEND, peer, kind);
  entry->addr = (uint64_t)bytes;
  entry->len = length;
  entry->msg_flags = MSG_WAITALL | MSG_NOSIGNAL;
  if (linked) entry->flags = IOSQE_IO_LINK;
}

static void send_batch(void) {
  if (in_flight > 0 || owed == 0 || peer < 0) return;
  in_flight = owed < BATCH ? (unsigned)owed : BATCH;
  for (unsigned i = 1; i <= in_flight; i++)
    send_bytes(message, message_bytes, SEND, i < in_flight);
}

static void hang_up(void) {
  shutdown(peer, SHUT_RDWR);
  close(peer);
  peer = -1;
}

static void accepted(const struct io_uring_cqe *completion, int listener) {
  if ((completion->flags & IORING_CQE_F_MORE) == 0) accept_more(listener);
  if (completion->res < 0) return;
  if (peer >= 0) hang_up();
  peer = completion->res;
  peer_bytes = owed = acknowledged = 0;
  receive_more();
}

static void received(const struct io_uring_cqe *completion) {
  if ((completion->flags & IORING_CQE_F_BUFFER) != 0) {
    buffers_return(&buffers, completion->flags >> IORING_CQE_BUFFER_SHIFT);
    buffers_publish(&buffers);
  }
  if (completion->res <= 0 && completion->res != -ENOBUFS) {
    hang_up();
    return;
  }
  if ((completion->flags & IORING_CQE_F_MORE) == 0) receive_more();
  if (completion->res < 0) return;
  if (!receiving) {
    owed += (uint64_t)completion->res * messages_per_request;
    return;
  }
  peer_bytes += (uint64_t)completion->res;
  total_bytes += (uint64_t)completion->res;
  for (; acknowledged < peer_bytes / message_bytes; acknowledged++)
    send_bytes("", 1, ACKNOWLEDGE, false);
}

static void sent(const struct io_uring_cqe *completion) {
  in_flight--;
  if (completion->res == (int)message_bytes) {
    total_bytes += message_bytes;
    if (owed > 0) owed--;
  } else if (peer >= 0) {
    shutdown(peer, SHUT_RDWR); /* ends the receive, and so the connection */
    owed = 0;
  }
}

static void answer(void) { printf("{\"bytes\":%" PRIu64 "}\n", total_bytes); }

static void read_arguments(int argc, char **argv) {
  receiving = argc == 3 && strcmp(argv[1], "receive") == 0;
  if (!receiving && !(argc == 4 && strcmp(argv[1], "send") == 0))
    refuse("receive BYTES, or send BYTES COUNT");
  message_bytes = number_argument(argv[2]);
  if (receiving) return;
  messages_per_request = number_argument(argv[3]);
  if (message_bytes > sizeof message) refuse("too large");
  for (size_t i = 0; i < message_bytes; i++) message[i] = message_byte(i);
}

int main(int argc, char **argv) {
  service_begin("stream_io_uring");
  read_arguments(argc, argv);
  ring_open(&ring, ENTRIES, COMPLETIONS);
  buffers_open(&ring, &buffers, 0, BUFFERS, BUFFER_BYTES);
  const int listener = service_listen();
  accept_more(listener);
  watch_input();
  for (;;) {
    ring_enter(&ring, 1);
    for (struct io_uring_cqe *next; (next = ring_next(&ring)) != NULL;) {
      const struct io_uring_cqe completion = *next;
      ring_seen(&ring);
      switch ((enum kind)completion.user_data) {
        case ACCEPT: accepted(&completion, listener); break;
        case RECEIVE: received(&completion); break;
        case SEND: sent(&completion); break;
        case ACKNOWLEDGE: break;
        case INPUT:
          service_input(answer);
          watch_input();
          break;
      }
    }
    send_batch();
  }
}
