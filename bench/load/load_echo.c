/*
 * Mode "echo": N connections that stay open, each with one request in flight.
 *
 * Edge-triggered: a connection is looked at only when something arrived, and the next request goes
 * out in the same breath as the last echo came in. One clock reading and two system calls an
 * operation.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

static struct connection *connections;
static const struct options *options;
static int poller;

static void open_connection(struct connection *connection) {
  connection->fd = connect_to_server(options);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
  /* More than the socket buffers hold may be sent at once only when requests are large. */
  if (options->bytes > 4096) event.events |= EPOLLOUT;
  if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->fd, &event) != 0)
    fail("epoll_ctl: %s", strerror(errno));
}

static void open_all(const struct options *given) {
  options = given;
  poller = open_poller();
  connections = make_connections(options);
  for (unsigned i = 0; i < options->connections; i++) open_connection(&connections[i]);
}

static bool start(struct phase *phase, struct connection *connection, uint64_t now) {
  if (!take_request(phase, now)) return false;
  next_request(connection, options->bytes);
  connection->started_ns = now;
  send_request(connection, options->bytes);
  return true;
}

static void proceed(struct phase *phase, struct connection *connection) {
  if (connection->received == options->bytes)
    return; /* between two requests: nothing was asked for */
  if (connection->sent < options->bytes) send_request(connection, options->bytes);
  if (!receive_echo(connection, options->bytes)) return;
  const uint64_t now = now_ns();
  histogram_record(&phase->latency, now - connection->started_ns);
  phase->completed++;
  if (!start(phase, connection, now)) phase->in_flight--;
}

static void run(struct phase *phase) {
  struct epoll_event ready[EVENTS_PER_WAIT];
  for (unsigned i = 0; i < options->connections; i++)
    if (start(phase, &connections[i], now_ns())) phase->in_flight++;
  while (phase->in_flight > 0) {
    int count = epoll_wait(poller, ready, EVENTS_PER_WAIT, options->stall_ms);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    if (count == 0)
      fail("no echo for %d ms, %u requests in flight", options->stall_ms, phase->in_flight);
    for (int i = 0; i < count; i++) proceed(phase, ready[i].data.ptr);
  }
}

static void verify_idle(void) {
  for (unsigned i = 0; i < options->connections; i++) verify_silent(connections[i].fd);
}

const struct mode echo_mode = {"echo", open_all, run, verify_idle};
