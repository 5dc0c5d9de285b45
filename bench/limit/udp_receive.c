/*
 * The limit for received datagrams: recvmmsg(2) on epoll, with UDP_GRO or without.
 *
 *   udp_receive plain|gro [check]
 *
 * With GRO one message holds up to 64 KiB of datagrams of one size, which the kernel tells beside
 * it; they are counted one by one. `check` looks at every byte and ends the program at a wrong one.
 * Answers {"datagrams":N,"bytes":N}; see service.h. Memory: static slabs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "service.h"

enum { BATCH = 64, BATCHES_PER_WAIT = 16 };
enum { PLAIN_BYTES = 2048, SLAB_BYTES = 65536, SERIAL_BYTES = 8 };

static char slabs[BATCH][SLAB_BYTES];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];
static union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
} controls[BATCH];
static bool gro, checking;
static uint64_t datagrams, total_bytes;

static void prepare(void) {
  for (int i = 0; i < BATCH; i++) {
    vectors[i] =
        (struct iovec){.iov_base = slabs[i], .iov_len = gro ? SLAB_BYTES : PLAIN_BYTES};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    if (gro) messages[i].msg_hdr.msg_control = &controls[i];
  }
}

/* The size of the datagrams in a message; its length when there is one only. */
static unsigned segment_size(struct mmsghdr *message) {
  if (!gro) return message->msg_len;
  struct cmsghdr *control = CMSG_FIRSTHDR(&message->msg_hdr);
  if (control == NULL || control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO)
    return message->msg_len;
  int size;
  memcpy(&size, CMSG_DATA(control), sizeof size);
  return (unsigned)size;
}

/* Each datagram begins with a number that only grows; the rest is as in every message. */
static void check(const char *bytes, unsigned length) {
  static uint64_t last;
  uint64_t serial;
  memcpy(&serial, bytes, sizeof serial);
  bool wrong = length < SERIAL_BYTES || serial <= last;
  for (unsigned i = SERIAL_BYTES; i < length; i++) wrong |= bytes[i] != message_byte(i);
  if (wrong) refuse("a datagram is not what was sent");
  last = serial;
}

static void count_message(struct mmsghdr *message, const char *slab) {
  const unsigned size = segment_size(message);
  total_bytes += message->msg_len;
  for (unsigned offset = 0; offset < message->msg_len; offset += size) {
    datagrams++;
    const unsigned rest = message->msg_len - offset;
    if (checking) check(slab + offset, rest < size ? rest : size);
  }
}

/* Bounded, so that standard input gets its turn under any load. */
static void receive_some(int fd) {
  for (int batch = 0; batch < BATCHES_PER_WAIT; batch++) {
    /* The kernel wrote how much control data there was. */
    if (gro)
      for (int i = 0; i < BATCH; i++)
        messages[i].msg_hdr.msg_controllen = sizeof controls[i].bytes;
    const int count = recvmmsg(fd, messages, BATCH, 0, NULL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) die("recvmmsg");
    for (int i = 0; i < count; i++) count_message(&messages[i], slabs[i]);
    if (count < BATCH) return;
  }
}

static void answer(void) {
  printf("{\"datagrams\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", datagrams, total_bytes);
}

int main(int argc, char **argv) {
  service_begin("udp_receive");
  if (argc < 2 || (strcmp(argv[1], "gro") != 0 && strcmp(argv[1], "plain") != 0))
    refuse("plain or gro");
  gro = strcmp(argv[1], "gro") == 0;
  checking = argc > 2 && strcmp(argv[2], "check") == 0;
  prepare();
  const int fd = service_bind_udp();
  const int on = 1;
  if (gro && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0) die("UDP_GRO");
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) die("epoll_create1");
  /* Level-triggered: what a bounded round left over is reported again. */
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  struct epoll_event input = {.events = EPOLLIN, .data.fd = 0};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
  if (epoll_ctl(poller, EPOLL_CTL_ADD, 0, &input) != 0) die("epoll_ctl");
  for (;;) {
    struct epoll_event ready[2];
    const int count = epoll_wait(poller, ready, 2, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      if (ready[i].data.fd == fd)
        receive_some(fd);
      else
        service_input(answer);
    }
  }
}
