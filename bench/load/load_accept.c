/*
 * Mode "accept": connect, send one request, receive its echo, close; N such conversations at a
 * time.
 *
 * The client closes first, so TIME_WAIT stays on its side and would use up the 28,000 ephemeral
 * ports of one address in half a second. Conversations therefore start from 127.0.0.2 to
 * 127.0.0.251 in turn, with the port chosen at connect (IP_BIND_ADDRESS_NO_PORT, ip(7), Linux 4.2).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

enum { SOURCE_ADDRESSES = 250 };

static struct connection *connections;
static const struct options *options;
static int poller;

static void open_all(const struct options *given) {
  options = given;
  poller = open_poller();
  connections = make_connections(options);
}

static int connect_from_next_source(void) {
  static unsigned turn;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket: %s", strerror(errno));
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const struct sockaddr_in source = {
      .sin_family = AF_INET,
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + turn++ % SOURCE_ADDRESSES)};
  if (bind(fd, (const struct sockaddr *)&source, sizeof source) != 0)
    fail("bind: %s", strerror(errno));
  if (connect(fd, (const struct sockaddr *)&options->server, sizeof options->server) != 0 &&
      errno != EINPROGRESS)
    fail("connect: %s", strerror(errno));
  return fd;
}

/* On loopback the handshake is over when connect returns EINPROGRESS, so the request mostly goes
 * out at once. */
static bool start(struct phase *phase, struct connection *connection, uint64_t now) {
  if (!take_request(phase, now)) return false;
  next_request(connection, options->bytes);
  connection->started_ns = now;
  connection->fd = connect_from_next_source();
  const bool sent = send_request(connection, options->bytes);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET | (sent ? 0 : EPOLLOUT),
                              .data.ptr = connection};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, connection->fd, &event) != 0)
    fail("epoll_ctl: %s", strerror(errno));
  return true;
}

static void proceed(struct phase *phase, struct connection *connection) {
  if (connection->sent < options->bytes && !send_request(connection, options->bytes)) return;
  if (!receive_echo(connection, options->bytes)) return;
  histogram_record(&phase->latency, now_ns() - connection->started_ns);
  phase->completed++;
  close(connection->fd);
  connection->fd = -1;
  if (!start(phase, connection, now_ns())) phase->in_flight--;
}

static void run(struct phase *phase) {
  struct epoll_event ready[EVENTS_PER_WAIT];
  for (unsigned i = 0; i < options->connections; i++)
    if (start(phase, &connections[i], now_ns())) phase->in_flight++;
  while (phase->in_flight > 0) {
    int count = epoll_wait(poller, ready, EVENTS_PER_WAIT, options->stall_ms);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    if (count == 0)
      fail("no progress for %d ms, %u conversations open", options->stall_ms, phase->in_flight);
    for (int i = 0; i < count; i++) proceed(phase, ready[i].data.ptr);
  }
}

/* Every connection is closed by now: there is nothing to look at. */
static void verify_idle(void) {}

const struct mode accept_mode = {"accept", open_all, run, verify_idle};
