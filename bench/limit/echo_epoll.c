/*
 * The limit: an echo server in plain C on edge-triggered epoll, one thread, no library.
 *
 * It is what pike's servers are measured against, so it does what a careful C programmer would do
 * and nothing clever: accept4 until nobody waits, recv until a short read or EAGAIN, send at once,
 * and keep what the peer would not take until the socket is writable again.
 *
 * Answers {"accepted":N,"bytes":N}; see service.h. A connection owns its pending bytes; received
 * bytes live in one static buffer until they are sent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service.h"

enum { READ_BYTES = 65536, EVENTS_PER_WAIT = 512 };

struct connection {
  int fd;
  char *pending; /* what the peer has not taken yet, or NULL */
  size_t pending_offset, pending_length;
};

static char received[READ_BYTES];
static int poller;
static uint64_t accepted_count, echoed_bytes;
static void watch(int operation, int fd, uint32_t events, void *owner) {
  struct epoll_event event = {.events = events, .data.ptr = owner};
  if (epoll_ctl(poller, operation, fd, &event) != 0) die("epoll_ctl");
}

static void drop(struct connection *connection) {
  close(connection->fd);
  free(connection->pending);
  free(connection);
}

/* Keeps the unsent rest. The edge for EPOLLOUT cannot be missed: EPOLL_CTL_MOD looks at the socket
 * again. */
static void keep_pending(struct connection *connection, const char *bytes, size_t length) {
  connection->pending = malloc(length);
  if (connection->pending == NULL) die("malloc");
  memcpy(connection->pending, bytes, length);
  connection->pending_offset = 0;
  connection->pending_length = length;
  watch(EPOLL_CTL_MOD, connection->fd, EPOLLOUT | EPOLLET, connection);
}

/* Sends everything or keeps the rest. Returns false when the connection broke. */
static bool echo(struct connection *connection, const char *bytes, size_t length) {
  size_t sent = 0;
  while (sent < length) {
    ssize_t count = send(connection->fd, bytes + sent, length - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += (size_t)count;
      echoed_bytes += (uint64_t)count;
    } else if (errno == EAGAIN) {
      keep_pending(connection, bytes + sent, length - sent);
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/* Returns false when the connection broke; the pending bytes may be gone or still there. */
static bool flush_pending(struct connection *connection) {
  char *bytes = connection->pending;
  size_t offset = connection->pending_offset, length = connection->pending_length;
  while (offset < length) {
    ssize_t count = send(connection->fd, bytes + offset, length - offset, MSG_NOSIGNAL);
    if (count >= 0) {
      offset += (size_t)count;
      echoed_bytes += (uint64_t)count;
    } else if (errno == EAGAIN) {
      connection->pending_offset = offset;
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  free(bytes);
  connection->pending = NULL;
  watch(EPOLL_CTL_MOD, connection->fd, EPOLLIN | EPOLLRDHUP | EPOLLET, connection);
  return true;
}

/* A short read means the socket is empty, unless the peer's end of stream came in the same edge. */
static void serve(struct connection *connection, uint32_t events) {
  if (connection->pending != NULL) {
    if (!flush_pending(connection)) drop(connection);
    return; /* the MOD reports what is waiting to be read */
  }
  const bool ending = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  for (;;) {
    ssize_t count = recv(connection->fd, received, sizeof received, 0);
    if (count > 0) {
      if (!echo(connection, received, (size_t)count)) break;
      if (connection->pending != NULL) return;
      if ((size_t)count < sizeof received && !ending) return;
    } else if (count < 0 && errno == EAGAIN) {
      return;
    } else if (count == 0 || errno != EINTR) {
      break;
    }
  }
  drop(connection);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN) return;
      if (errno == EINTR || errno == ECONNABORTED) continue;
      die("accept4");
    }
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) die("calloc");
    connection->fd = fd;
    accepted_count++;
    watch(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, connection);
  }
}

static void answer(void) {
  printf("{\"accepted\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", accepted_count, echoed_bytes);
}

int main(void) {
  service_begin("echo_epoll");
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) die("epoll_create1");
  int listener = service_listen();
  watch(EPOLL_CTL_ADD, listener, EPOLLIN | EPOLLET, &listener);
  watch(EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN, NULL);

  static struct epoll_event ready[EVENTS_PER_WAIT];
  for (;;) {
    int count = epoll_wait(poller, ready, EVENTS_PER_WAIT, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      void *owner = ready[i].data.ptr;
      if (owner == &listener)
        accept_all(listener);
      else if (owner == NULL)
        service_input(answer);
      else
        serve(owner, ready[i].events);
    }
  }
}
