/*
 * One conversation of the load generator: what it sends, what must come back, and how it fails.
 *
 * Every request differs from every other one of the run, so an echo that is late, doubled, or meant
 * for another connection is found out by comparing bytes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "load.h"

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
                         bytes - connection->sent, MSG_NOSIGNAL);
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
    ssize_t count = recv(connection->fd, echoed, wanted, 0);
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

bool take_operation(struct phase *phase, uint64_t now) {
  if (phase->remaining == 0 || (phase->deadline_ns != 0 && now >= phase->deadline_ns)) return false;
  phase->remaining--;
  return true;
}
