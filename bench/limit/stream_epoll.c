/*
 * The limit for large streams, on epoll: a server that only receives, only sends, or sends back.
 *
 *   stream_epoll echo                      sends back what it receives, in pieces of up to 64 KiB
 *   stream_epoll receive BYTES             answers one byte for every BYTES received
 *   stream_epoll send BYTES COUNT VECTOR   answers each byte with COUNT messages of BYTES, VECTOR
 *                                          of them in one system call
 *
 * One connection at a time; it is looked at only when epoll says so, and served until would-block.
 * Memory: one static buffer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "service.h"

enum { READ_BYTES = 65536, VECTOR_MAX = 64, EVENTS_PER_WAIT = 16 };

static char buffer[READ_BYTES];
static struct iovec vectors[VECTOR_MAX];
static unsigned message_bytes, messages_per_request, vector_count;
static enum task { RECEIVE, SEND, ECHO } task;
static int poller, peer = -1;
static uint64_t moved_bytes; /* on this connection */
static uint64_t total_bytes, owed_bytes, acknowledged;
static size_t echo_offset, echo_length; /* what is still to be sent back of the buffer */

static void watch(int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
}

static void accept_all(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    if (peer >= 0) close(peer);
    peer = fd;
    moved_bytes = owed_bytes = acknowledged = 0;
    echo_offset = echo_length = 0;
    watch(fd, EPOLLIN | EPOLLRDHUP | EPOLLET | (task == RECEIVE ? 0 : EPOLLOUT));
  }
  if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) die("accept4");
}

static void hang_up(void) {
  close(peer);
  peer = -1;
}

/* Returns false on would-block or the end. */
static bool receive_some(void) {
  const ssize_t count = recv(peer, buffer, sizeof buffer, 0);
  if (count > 0) {
    moved_bytes += (uint64_t)count;
    total_bytes += (uint64_t)count;
    return true;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
  hang_up();
  return false;
}

static void serve_receiving(void) {
  while (receive_some()) {
    while (acknowledged < moved_bytes / message_bytes) {
      if (send(peer, "", 1, MSG_NOSIGNAL) != 1) die("send of an acknowledgement");
      acknowledged++;
    }
  }
}

/* How much of the next message is still to be sent decides what the system call begins with. */
static ssize_t send_some(void) {
  const size_t offset = moved_bytes % message_bytes;
  if (vector_count == 1)
    return send(peer, buffer + offset, message_bytes - offset, MSG_NOSIGNAL);
  const uint64_t left = (owed_bytes + message_bytes - 1) / message_bytes;
  const int count = (int)(left < vector_count ? left : vector_count);
  vectors[0] =
      (struct iovec){.iov_base = buffer + offset, .iov_len = message_bytes - offset};
  struct msghdr message = {.msg_iov = vectors, .msg_iovlen = (size_t)count};
  return sendmsg(peer, &message, MSG_NOSIGNAL);
}

static void serve_sending(uint32_t events) {
  if ((events & EPOLLIN) != 0) {
    char requests[256];
    const ssize_t count = recv(peer, requests, sizeof requests, 0);
    if (count == 0 || (count < 0 && errno != EAGAIN)) {
      hang_up();
      return;
    }
    if (count > 0) owed_bytes += (uint64_t)count * messages_per_request * message_bytes;
  }
  while (owed_bytes > 0) {
    const ssize_t count = send_some();
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) {
      hang_up();
      return;
    }
    moved_bytes += (uint64_t)count;
    total_bytes += (uint64_t)count;
    owed_bytes -= (uint64_t)count;
  }
}

/* Returns false on would-block or the end. */
static bool send_back(void) {
  while (echo_offset < echo_length) {
    const ssize_t count =
        send(peer, buffer + echo_offset, echo_length - echo_offset, MSG_NOSIGNAL);
    if (count > 0) {
      echo_offset += (size_t)count;
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      hang_up();
      return false;
    }
  }
  return true;
}

/* A short read means that nothing is left, unless the peer's end came in the same edge. */
static void serve_echoing(uint32_t events) {
  const bool ending = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  while (send_back()) {
    const uint64_t before = moved_bytes;
    if (!receive_some()) return;
    echo_offset = 0;
    echo_length = (size_t)(moved_bytes - before);
    if (echo_length < sizeof buffer && !ending) {
      send_back();
      return;
    }
  }
}

static void serve(uint32_t events) {
  switch (task) {
    case RECEIVE: serve_receiving(); break;
    case SEND: serve_sending(events); break;
    case ECHO: serve_echoing(events); break;
  }
}

static void read_arguments(int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : "";
  if (argc == 2 && strcmp(word, "echo") == 0) task = ECHO;
  else if (argc == 3 && strcmp(word, "receive") == 0) task = RECEIVE;
  else if (argc == 5 && strcmp(word, "send") == 0) task = SEND;
  else refuse("echo, receive BYTES, or send BYTES COUNT VECTOR");
  if (task != ECHO) message_bytes = number_argument(argv[2]);
  if (task != SEND) return;
  messages_per_request = number_argument(argv[3]);
  vector_count = number_argument(argv[4]);
  if (message_bytes > READ_BYTES || vector_count > VECTOR_MAX) refuse("too large");
  for (size_t i = 0; i < message_bytes; i++) buffer[i] = message_byte(i);
  for (unsigned i = 0; i < vector_count; i++)
    vectors[i] = (struct iovec){.iov_base = buffer, .iov_len = message_bytes};
}

static void answer(void) { printf("{\"bytes\":%" PRIu64 "}\n", total_bytes); }

int main(int argc, char **argv) {
  service_begin("stream_epoll");
  read_arguments(argc, argv);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) die("epoll_create1");
  const int listener = service_listen();
  watch(listener, EPOLLIN | EPOLLET);
  watch(STDIN_FILENO, EPOLLIN);
  for (;;) {
    struct epoll_event ready[EVENTS_PER_WAIT];
    const int count = epoll_wait(poller, ready, EVENTS_PER_WAIT, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      if (ready[i].data.fd == listener)
        accept_all(listener);
      else if (ready[i].data.fd == STDIN_FILENO)
        service_input(answer);
      else if (ready[i].data.fd == peer)
        serve(ready[i].events);
    }
  }
}
