/*
 * One conversation of the load generator: what it sends, what must come back, and how it fails.
 *
 * Every request differs from every other one of the run, so an echo that is late, doubled, or meant
 * for another connection is found out by comparing bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "load.h"

/* Fewer than the smallest backlog in use: a full one would cost a second for a retransmission. */
enum { IDLE_BATCH = 64 };

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int open_poller(void) {
  int poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) fail("epoll_create1: %s", strerror(errno));
  return poller;
}

int connect_to_server(const struct options *options) {
  /* Connecting blocks, so that a full backlog slows this down instead of failing. */
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    if (errno == EMFILE) fail("the limit of open files is too low (ulimit -n)");
    fail("socket: %s", strerror(errno));
  }
  if (connect(fd, (const struct sockaddr *)&options->server, sizeof options->server) != 0)
    fail("connect: %s", strerror(errno));
  const int on = 1;
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  const struct timeval stall = {.tv_sec = options->stall_ms / 1000,
                                .tv_usec = options->stall_ms % 1000 * 1000};
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &stall, sizeof stall);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof stall);
  return fd;
}

void open_idle(const struct options *options, unsigned count) {
  struct connection last = {.request = malloc(options->bytes)};
  if (last.request == NULL) fail("out of memory");
  for (unsigned i = 1; i <= count; i++) {
    last.fd = connect_to_server(options);
    if (i % IDLE_BATCH != 0 && i != count) continue;
    next_request(&last, options->bytes);
    send_request(&last, options->bytes);
    struct pollfd waiting = {.fd = last.fd, .events = POLLIN};
    while (!receive_echo(&last, options->bytes))
      if (poll(&waiting, 1, options->stall_ms) == 0) fail("no echo for %d ms", options->stall_ms);
  }
  free(last.request);
}

/* A server that sends more than it was asked for would otherwise pass when the surplus comes last.
 */
void verify_silent(int fd) {
  char byte;
  const ssize_t count = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
  if (count > 0) fail("the server sent bytes beyond the last answer");
  if (count == 0) fail("the server closed an idle connection");
  if (errno != EAGAIN) fail("recv: %s", strerror(errno));
}

struct connection *make_connections(const struct options *options) {
  struct connection *connections = calloc(options->connections, sizeof *connections);
  if (connections == NULL) fail("out of memory");
  for (unsigned i = 0; i < options->connections; i++) {
    connections[i].fd = -1;
    connections[i].sequence = (uint64_t)i
                              << 40; /* 2^40 requests before two connections could send the same */
    connections[i].request = malloc(options->bytes);
    if (connections[i].request == NULL) fail("out of memory");
  }
  return connections;
}

void next_request(struct connection *connection, size_t bytes) {
  uint64_t word = ++connection->sequence;
  size_t offset = 0;
  for (; offset + sizeof word <= bytes; offset += sizeof word) {
    memcpy(connection->request + offset, &word, sizeof word);
    word = word * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
  }
  memcpy(connection->request + offset, &word, bytes - offset);
  connection->sent = 0;
  connection->received = 0;
}

bool send_request(struct connection *connection, size_t bytes) {
  while (connection->sent < bytes) {
    ssize_t count = send(connection->fd, connection->request + connection->sent,
                         bytes - connection->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      connection->sent += (size_t)count;
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      fail("send: %s", strerror(errno));
    }
  }
  return true;
}

bool receive_echo(struct connection *connection, size_t bytes) {
  static char echoed[1 << 16];
  while (connection->received < bytes) {
    size_t wanted = bytes - connection->received;
    if (wanted > sizeof echoed) wanted = sizeof echoed;
    ssize_t count = recv(connection->fd, echoed, wanted, MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EAGAIN) return false;
      if (errno == EINTR) continue;
      fail("recv: %s", strerror(errno));
    }
    if (count == 0)
      fail("the server closed a connection %zu bytes into an echo", connection->received);
    if (memcmp(echoed, connection->request + connection->received, (size_t)count) != 0)
      fail("the server echoed wrong bytes within %zd bytes after offset %zu", count,
           connection->received);
    connection->received += (size_t)count;
    if (connection->received > connection->sent) fail("the server echoed bytes that were not sent");
  }
  return true;
}

bool take_request(struct phase *phase, uint64_t now) {
  if (phase->remaining == 0 || (phase->deadline_ns != 0 && now >= phase->deadline_ns)) return false;
  phase->remaining--;
  return true;
}
