/*
 * Mode "bulk": one connection whose stream the server sends back, in blocks of --bytes, --window
 * of them in flight.
 *
 * The stream is a pattern whose period is a prime number of bytes, so no shift by blocks or buffers
 * goes unseen. As in "pull" one receive in SAMPLE is compared, and the rest is only counted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "load.h"

enum { PERIOD = 1048573, RECEIVE_BYTES = 256 * 1024, WINDOW_MAX = 256, SAMPLE = 8 };
/* No block and no receive is longer. */
enum { LONGEST_BYTES = 1 << 20 };

static const struct options *options;
static int fd;
static char *pattern; /* a period, and the beginning of the next one */
static uint64_t started_bytes, sent_bytes, received_bytes;
static uint64_t started_ns[WINDOW_MAX];

static void open_all(const struct options *given) {
  options = given;
  pattern = malloc(PERIOD + LONGEST_BYTES);
  if (pattern == NULL) fail("out of memory");
  uint64_t word = 1;
  for (size_t i = 0; i < PERIOD; i++) {
    word = word * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
    pattern[i] = (char)(word >> 56);
  }
  for (size_t i = 0; i < LONGEST_BYTES; i++) pattern[PERIOD + i] = pattern[i % PERIOD];
  fd = connect_to_server(options);
}

static bool start_block(struct phase *phase) {
  const uint64_t now = now_ns();
  if (phase->in_flight == options->window || !take_request(phase, now)) return false;
  started_ns[started_bytes / options->bytes % options->window] = now;
  started_bytes += options->bytes;
  phase->in_flight++;
  return true;
}

static void send_blocks(struct phase *phase) {
  while (sent_bytes < started_bytes || start_block(phase)) {
    const uint64_t left = started_bytes - sent_bytes;
    const size_t length = left < options->bytes ? (size_t)left : options->bytes;
    const ssize_t count =
        send(fd, pattern + sent_bytes % PERIOD, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0 && errno != EINTR) fail("send: %s", strerror(errno));
    if (count > 0) sent_bytes += (uint64_t)count;
  }
}

static void finish_blocks(struct phase *phase, uint64_t before) {
  for (uint64_t block = before / options->bytes; block < received_bytes / options->bytes; block++) {
    histogram_record(&phase->latency, now_ns() - started_ns[block % options->window]);
    phase->completed++;
    phase->in_flight--;
  }
}

static void receive_blocks(struct phase *phase) {
  static char received[RECEIVE_BYTES];
  static unsigned turn;
  for (;;) {
    const bool compare = options->verify_all || turn++ % SAMPLE == 0;
    const ssize_t count =
        recv(fd, received, sizeof received, MSG_DONTWAIT | (compare ? 0 : MSG_TRUNC));
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("recv: %s", strerror(errno));
    if (count == 0) fail("the server closed the connection");
    if (compare && memcmp(received, pattern + received_bytes % PERIOD, (size_t)count) != 0)
      fail("the server echoed wrong bytes within %zd bytes", count);
    const uint64_t before = received_bytes;
    received_bytes += (uint64_t)count;
    if (received_bytes > sent_bytes) fail("the server echoed bytes that were not sent");
    finish_blocks(phase, before);
  }
}

static void run(struct phase *phase) {
  for (;;) {
    send_blocks(phase);
    receive_blocks(phase);
    if (phase->in_flight == 0 && !start_block(phase)) return;
    const short events = (short)(POLLIN | (sent_bytes < started_bytes ? POLLOUT : 0));
    struct pollfd waiting = {.fd = fd, .events = events};
    const int count = poll(&waiting, 1, options->stall_ms);
    if (count < 0 && errno != EINTR) fail("poll: %s", strerror(errno));
    if (count == 0) fail("no echo for %d ms", options->stall_ms);
  }
}

static void verify_idle(void) { verify_silent(fd); }

const struct mode bulk_mode = {"bulk", open_all, run, verify_idle};
