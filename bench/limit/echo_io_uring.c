/*
 * The limit on io_uring: an echo server in plain C, one thread, one entry into the kernel per turn.
 *
 *   echo_io_uring [BUFFERS BYTES]     provided buffers, a power of two, and the size of each
 *
 * Multishot accept and receive, buffers provided to the kernel, sends straight out of them. Sends
 * of one connection go one after another, so that they keep their order; what the kernel received
 * meanwhile waits in the connection's queue, and a buffer goes back when its bytes are sent. When
 * all buffers are out, receiving stops until some come back: the peer then waits too.
 *
 * Answers {"accepted":N,"bytes":N}; see service.h. A connection lives until the kernel holds
 * nothing of it any more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ring.h"
#include "service.h"

enum { ENTRIES = 4096, COMPLETIONS = 65536, GROUP = 0, NONE = -1 };
enum { BUFFERS_DEFAULT = 2048, BUFFER_BYTES_DEFAULT = 2048 };

/* What a completion is about: the low bits of its user data, beside the connection's address. */
enum kind { ACCEPT, INPUT, RECEIVE, SEND, CLOSE, KIND_MASK = 7 };

struct connection {
  int fd;
  bool sending, receiving, ended;
  int first, last; /* queue of buffer ids, the first one being sent; NONE when empty */
  struct connection *next_starved;
};

/* What lies in a provided buffer, while it is in a connection's queue. */
struct filled {
  int length, next;
};

static struct ring ring;
static struct buffers buffers;
static struct filled *filled;
static struct connection *starved;
static unsigned returned_count; /* buffers given back in this turn */
static uint64_t accepted_count, echoed_bytes;

static void give_back(int id) {
  buffers_return(&buffers, (unsigned)id);
  returned_count++;
}

static uint64_t mark(struct connection *connection, enum kind kind) {
  return (uint64_t)connection | kind;
}

static void accept_more(int listener) {
  struct io_uring_sqe *entry = ring_entry(&ring, IORING_OP_ACCEPT, listener, ACCEPT);
  entry->ioprio = IORING_ACCEPT_MULTISHOT;
  entry->accept_flags = SOCK_CLOEXEC;
}

static void watch_input(void) {
  struct io_uring_sqe *entry = ring_entry(&ring, IORING_OP_POLL_ADD, STDIN_FILENO, INPUT);
  entry->poll32_events = POLLIN;
}

static void receive_more(struct connection *connection) {
  struct io_uring_sqe *entry =
      ring_entry(&ring, IORING_OP_RECV, connection->fd, mark(connection, RECEIVE));
  entry->ioprio = IORING_RECV_MULTISHOT;
  entry->flags = IOSQE_BUFFER_SELECT;
  entry->buf_group = GROUP;
  connection->receiving = true;
}

static void send_first(struct connection *connection) {
  const int id = connection->first;
  struct io_uring_sqe *entry =
      ring_entry(&ring, IORING_OP_SEND, connection->fd, mark(connection, SEND));
  entry->addr = (uint64_t)buffers_at(&buffers, (unsigned)id);
  entry->len = (unsigned)filled[id].length;
  entry->msg_flags = MSG_WAITALL | MSG_NOSIGNAL;
  connection->sending = true;
}

static void enqueue(struct connection *connection, int id, int length) {
  filled[id] = (struct filled){.length = length, .next = NONE};
  if (connection->first == NONE)
    connection->first = id;
  else
    filled[connection->last].next = id;
  connection->last = id;
}

static int dequeue(struct connection *connection) {
  const int id = connection->first;
  connection->first = filled[id].next;
  return id;
}

static void close_if_over(struct connection *connection) {
  if (!connection->ended || connection->receiving || connection->sending) return;
  ring_entry(&ring, IORING_OP_CLOSE, connection->fd, CLOSE);
  free(connection);
}

static void accepted(const struct io_uring_cqe *completion, int listener) {
  if ((completion->flags & IORING_CQE_F_MORE) == 0) accept_more(listener);
  if (completion->res < 0) {
    if (completion->res == -ECONNABORTED) return;
    errno = -completion->res;
    die("accept");
  }
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) die("calloc");
  connection->fd = completion->res;
  connection->first = NONE;
  accepted_count++;
  receive_more(connection);
}

static void received(const struct io_uring_cqe *completion, struct connection *connection) {
  connection->receiving = (completion->flags & IORING_CQE_F_MORE) != 0;
  if (completion->res > 0) {
    const int id = (int)(completion->flags >> IORING_CQE_BUFFER_SHIFT);
    enqueue(connection, id, completion->res);
    if (!connection->sending) send_first(connection);
    if (!connection->receiving) receive_more(connection);
  } else if (completion->res == -ENOBUFS) {
    connection->next_starved = starved;
    starved = connection;
  } else {
    connection->ended = true;
    close_if_over(connection);
  }
}

static void sent(const struct io_uring_cqe *completion, struct connection *connection) {
  connection->sending = false;
  const bool broken = completion->res < filled[connection->first].length;
  if (!broken) echoed_bytes += (uint64_t)completion->res;
  give_back(dequeue(connection));
  if (broken) {
    while (connection->first != NONE) give_back(dequeue(connection));
    shutdown(connection->fd, SHUT_RDWR); /* ends the receive, and so the connection */
  }
  if (connection->first != NONE) send_first(connection);
  close_if_over(connection);
}

/* Those whom the kernel found no buffer for, as soon as there are some. */
static void feed_starved(void) {
  if (returned_count == 0) return;
  returned_count = 0;
  buffers_publish(&buffers);
  struct connection *connection = starved;
  starved = NULL;
  while (connection != NULL) {
    struct connection *next = connection->next_starved;
    receive_more(connection);
    connection = next;
  }
}

static void answer(void) {
  printf("{\"accepted\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", accepted_count, echoed_bytes);
}

int main(int argc, char **argv) {
  service_begin("echo_io_uring");
  const unsigned count = argc > 2 ? number_argument(argv[1]) : BUFFERS_DEFAULT;
  const unsigned bytes = argc > 2 ? number_argument(argv[2]) : BUFFER_BYTES_DEFAULT;
  if ((count & (count - 1)) != 0 || count > 32768) refuse("BUFFERS is a power of two to 32,768");
  ring_open(&ring, ENTRIES, COMPLETIONS);
  buffers_open(&ring, &buffers, GROUP, count, bytes);
  filled = calloc(count, sizeof *filled);
  if (filled == NULL) die("calloc");
  const int listener = service_listen();
  accept_more(listener);
  watch_input();

  for (;;) {
    ring_enter(&ring, 1);
    for (struct io_uring_cqe *next; (next = ring_next(&ring)) != NULL;) {
      const struct io_uring_cqe completion = *next;
      ring_seen(&ring);
      void *connection = (void *)(completion.user_data & ~(uint64_t)KIND_MASK);
      switch ((enum kind)(completion.user_data & KIND_MASK)) {
        case ACCEPT: accepted(&completion, listener); break;
        case RECEIVE: received(&completion, connection); break;
        case SEND: sent(&completion, connection); break;
        case INPUT:
          service_input(answer);
          watch_input();
          break;
        default: break;
      }
    }
    feed_starved();
  }
}
