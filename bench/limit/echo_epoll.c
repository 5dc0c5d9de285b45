/*
 * The limit: an echo server in plain C on edge-triggered epoll, one thread, no library.
 *
 * It is what pike's servers are measured against, so it does what a careful C programmer would do
 * and nothing clever: accept4 until nobody waits, recv until a short read or EAGAIN, send at once,
 * and keep what the peer would not take until the socket is writable again.
 *
 * Prints "listening PORT", serves until standard input ends or SIGTERM comes, then prints its
 * counts as JSON. A connection owns its pending bytes; received bytes live in one static buffer
 * until they are sent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 65536, EVENTS_PER_WAIT = 512, BACKLOG = 4096 };

struct connection {
  int fd;
  char *pending; /* what the peer has not taken yet, or NULL */
  size_t pending_offset, pending_length;
};

static char received[READ_BYTES];
static int poller;
static uint64_t accepted_count, echoed_bytes;
static volatile sig_atomic_t stopping;

static void die(const char *what) {
  fprintf(stderr, "echo_epoll: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void on_terminate(int signal_number) {
  (void)signal_number;
  stopping = 1;
}

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

static int open_listener(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
             sizeof on); /* Linux hands it down to accepted sockets */
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(fd, (struct sockaddr *)&address, length) != 0) die("bind");
  if (listen(fd, BACKLOG) != 0) die("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) die("getsockname");
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(void) {
  raise_descriptor_limit();
  struct sigaction terminate = {.sa_handler = on_terminate};
  sigaction(SIGTERM, &terminate, NULL);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) die("epoll_create1");
  int listener = open_listener();
  watch(EPOLL_CTL_ADD, listener, EPOLLIN | EPOLLET, &listener);
  /* A regular file or /dev/null as standard input cannot be watched (EPERM); then only SIGTERM
   * stops it. */
  struct epoll_event input = {.events = EPOLLIN | EPOLLHUP, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &input);

  static struct epoll_event ready[EVENTS_PER_WAIT];
  while (!stopping) {
    int count = epoll_wait(poller, ready, EVENTS_PER_WAIT, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      void *owner = ready[i].data.ptr;
      if (owner == &listener) {
        accept_all(listener);
      } else if (owner == NULL) {
        char ignored[64];
        if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) stopping = 1;
      } else {
        serve(owner, ready[i].events);
      }
    }
  }
  printf("{\"accepted\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", accepted_count, echoed_bytes);
  return 0;
}
