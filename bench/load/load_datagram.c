/*
 * Modes "flood" and "datagram-pull": datagrams to a server, and from it.
 *
 * flood: as many as one processor can send; the server says how many it got. Each begins with a
 * number that only grows. With --offload they leave as segments of large messages (UDP_SEGMENT).
 *
 * datagram-pull: the request goes over a TCP connection: first the port of this side's UDP socket
 * as two bytes, then one byte for each --per-request datagrams, answered by one byte when they were
 * sent. What arrives is counted without copying it (MSG_TRUNC), but for one call in SAMPLE. It is
 * looked for every PAUSE_NS, as a network card gathers what comes: over loopback it is the sender
 * that pays for waking whoever sleeps until the next datagram, 22,000 times a second and more the
 * slower it sends, which is no cost of sending.
 * Datagrams may get lost when this side is slower than the server; `arrived` says what came.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum {
  MESSAGE_BYTES = 65507,
  SEGMENTS_MAX = 64,
  BATCH = 64,
  SLAB_BYTES = 65536,
  SOCKET_BYTES = 16 << 20,
  WINDOW_MAX = 256,
  SAMPLE = 16,
  PAUSE_NS = 50000
};

static const struct options *options;
static int fd, control = -1;
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];
static char slabs[BATCH][SLAB_BYTES];
static char pattern[SLAB_BYTES]; /* datagram after datagram */
static uint64_t serial;
static unsigned per_message;
static uint64_t started_ns[WINDOW_MAX], started, finished;

static void open_socket(const struct options *given) {
  options = given;
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket: %s", strerror(errno));
  const int bytes = SOCKET_BYTES;
  /* The first needs CAP_NET_ADMIN, the second is cut to net.core.rmem_max. */
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  for (size_t i = 0; i < SLAB_BYTES; i++) pattern[i] = message_byte(i % options->bytes);
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){.iov_base = slabs[i]};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
}

static void open_flood(const struct options *given) {
  open_socket(given);
  if (connect(fd, (const struct sockaddr *)&options->server, sizeof options->server) != 0)
    fail("connect: %s", strerror(errno));
  const int size = (int)options->bytes;
  per_message = options->offload ? MESSAGE_BYTES / (unsigned)size : 1;
  if (per_message > SEGMENTS_MAX) per_message = SEGMENTS_MAX;
  if (options->offload && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) != 0)
    fail("UDP_SEGMENT: %s", strerror(errno));
  for (int i = 0; i < BATCH; i++) memcpy(slabs[i], pattern, SLAB_BYTES);
}

/* Numbers `count` datagrams in a slab, and makes it as long as they are. */
static void fill(int slab, uint64_t count) {
  for (uint64_t i = 0; i < count; i++) {
    serial++;
    memcpy(slabs[slab] + i * options->bytes, &serial, sizeof serial);
  }
  vectors[slab].iov_len = count * options->bytes;
}

static void run_flood(struct phase *phase) {
  const unsigned batch = options->offload ? 4 : BATCH;
  while (phase->remaining > 0 && (phase->deadline_ns == 0 || now_ns() < phase->deadline_ns)) {
    unsigned filled = 0;
    uint64_t planned = 0;
    for (; filled < batch && planned < phase->remaining; filled++) {
      const uint64_t left = phase->remaining - planned;
      const uint64_t count = left < per_message ? left : per_message;
      fill((int)filled, count);
      planned += count;
    }
    for (unsigned done = 0; done < filled;) {
      const int count = sendmmsg(fd, messages + done, filled - done, 0);
      if (count < 0 && errno != EINTR && errno != ENOBUFS) fail("sendmmsg: %s", strerror(errno));
      if (count > 0) done += (unsigned)count;
    }
    phase->remaining -= planned;
    phase->completed += planned;
  }
}

static void open_pull(const struct options *given) {
  open_socket(given);
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof own;
  if (bind(fd, (struct sockaddr *)&own, length) != 0) fail("bind: %s", strerror(errno));
  if (getsockname(fd, (struct sockaddr *)&own, &length) != 0) fail("getsockname");
  prctl(PR_SET_TIMERSLACK, 1UL); /* else a pause takes 50 microseconds more */
  const int on = 1;
  if (setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0)
    fail("UDP_GRO: %s", strerror(errno));
  control = connect_to_server(options);
  /* A port in network order is the two bytes as they go out. */
  if (send(control, &own.sin_port, sizeof own.sin_port, MSG_NOSIGNAL) != 2)
    fail("send: %s", strerror(errno));
}

static void check(const char *slab, unsigned length) {
  if (length % options->bytes != 0) fail("a datagram of a wrong length arrived");
  if (memcmp(slab, pattern, length) != 0) fail("a datagram with wrong bytes arrived");
}

/* Returns false when nothing was there. */
static bool receive_datagrams(struct phase *phase) {
  static unsigned turn;
  const bool compare = options->verify_all || turn++ % SAMPLE == 0;
  for (int i = 0; i < BATCH; i++) vectors[i].iov_len = compare ? SLAB_BYTES : 0;
  const int count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
  if (count < 0 && errno != EAGAIN && errno != EINTR) fail("recvmmsg: %s", strerror(errno));
  for (int i = 0; i < count; i++) {
    if (compare) check(slabs[i], messages[i].msg_len);
    phase->arrived += messages[i].msg_len / options->bytes;
  }
  return count > 0;
}

/* Returns false when none was there. */
static bool take_answers(struct phase *phase) {
  char answers[WINDOW_MAX];
  const ssize_t count = recv(control, answers, sizeof answers, MSG_DONTWAIT);
  if (count == 0) fail("the server closed the connection");
  if (count < 0 && errno != EAGAIN && errno != EINTR) fail("recv: %s", strerror(errno));
  if (count > (ssize_t)phase->in_flight) fail("the server answered what was not asked for");
  for (ssize_t i = 0; i < count; i++) {
    histogram_record(&phase->latency, now_ns() - started_ns[finished++ % options->window]);
    phase->completed++;
    phase->in_flight--;
  }
  return count > 0;
}

static void run_pull(struct phase *phase) {
  const struct timespec pause = {.tv_nsec = PAUSE_NS};
  const uint64_t stall_ns = (uint64_t)options->stall_ms * 1000000;
  for (uint64_t last = now_ns();;) {
    for (uint64_t now; phase->in_flight < options->window;) {
      if (!take_request(phase, now = now_ns())) break;
      started_ns[started++ % options->window] = now;
      phase->in_flight++;
      if (send(control, "", 1, MSG_NOSIGNAL) != 1) fail("send: %s", strerror(errno));
    }
    if (phase->in_flight == 0) break;
    /* All that arrived is taken before more is asked for: nothing is lost to a queue too short. */
    bool some = false;
    while (receive_datagrams(phase)) some = true;
    if (take_answers(phase) || some) {
      last = now_ns();
      continue;
    }
    if (now_ns() - last > stall_ns) fail("nothing arrived for %d ms", options->stall_ms);
    nanosleep(&pause, NULL);
  }
  while (receive_datagrams(phase)) continue;
}

static void verify_flood(void) {}
static void verify_pull(void) { verify_silent(control); }

const struct mode flood_mode = {"flood", open_flood, run_flood, verify_flood};
const struct mode datagram_pull_mode = {"datagram-pull", open_pull, run_pull, verify_pull};
