/*
 * Modes "pull" and "push": one-way streams over one connection, with the requests that bound them.
 *
 * pull: each request is one byte, which the server answers with --per-request messages of --bytes.
 * push: each request is --per-request blocks of --bytes sent to the server, which answers one byte.
 * Either way --window requests are in flight, so the server always has something to do, and its
 * last answer says that everything arrived. What is pulled is compared by samples: one system call
 * in SAMPLE copies and compares, the others let the kernel drop the bytes, so that this side stays
 * ahead of any server. A byte too many or too few shows in the next sample, or in the count.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

enum { RECEIVE_BYTES = 256 * 1024, WINDOW_MAX = 256, SAMPLE = 8 };

static const struct options *options;
static int fd;
static char *pattern; /* message after message, as long as one receive and one message */
static uint64_t request_bytes, moved_bytes;
static uint64_t started_ns[WINDOW_MAX], started, finished;

static void open_stream(const struct options *given) {
  options = given;
  request_bytes = options->per_request * options->bytes;
  const size_t pattern_bytes = RECEIVE_BYTES + options->bytes;
  pattern = malloc(pattern_bytes);
  if (pattern == NULL) fail("out of memory");
  for (size_t i = 0; i < pattern_bytes; i++) pattern[i] = message_byte(i % options->bytes);
  fd = connect_to_server(options);
}

static void finish_request(struct phase *phase) {
  histogram_record(&phase->latency, now_ns() - started_ns[finished++ % options->window]);
  phase->completed++;
  phase->in_flight--;
}

static bool start_request(struct phase *phase) {
  const uint64_t now = now_ns();
  if (phase->in_flight == options->window || !take_request(phase, now)) return false;
  started_ns[started++ % options->window] = now;
  phase->in_flight++;
  return true;
}

static void fail_receiving(ssize_t count) {
  if (count == 0) fail("the server closed the connection");
  if (errno == EAGAIN) fail("no answer for %d ms", options->stall_ms);
  fail("recv: %s", strerror(errno));
}

static void pull_some(void) {
  static char received[RECEIVE_BYTES];
  static unsigned turn;
  const bool compare = options->verify_all || turn++ % SAMPLE == 0;
  ssize_t count;
  do {
    count = recv(fd, received, sizeof received, compare ? 0 : MSG_TRUNC);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) fail_receiving(count);
  if (compare && memcmp(received, pattern + moved_bytes % options->bytes, (size_t)count) != 0)
    fail("the server sent wrong bytes within %zd bytes", count);
  moved_bytes += (uint64_t)count;
}

static void run_pull(struct phase *phase) {
  for (;;) {
    while (start_request(phase))
      if (send(fd, "", 1, MSG_NOSIGNAL) != 1) fail("send: %s", strerror(errno));
    if (phase->in_flight == 0) return;
    pull_some();
    if (moved_bytes > started * request_bytes) fail("the server sent bytes beyond the last answer");
    while (finished < moved_bytes / request_bytes) finish_request(phase);
  }
}

static void push_request(void) {
  for (uint64_t left = request_bytes; left > 0;) {
    const size_t offset = moved_bytes % options->bytes;
    const ssize_t count = send(fd, pattern + offset, options->bytes - offset, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) fail("nothing was taken for %d ms", options->stall_ms);
    if (count < 0) fail("send: %s", strerror(errno));
    moved_bytes += (uint64_t)count;
    left -= (uint64_t)count;
  }
}

/* Returns false when there is none and it was not to be waited for. */
static bool take_answers(struct phase *phase, int flags) {
  char answers[WINDOW_MAX];
  const ssize_t count = recv(fd, answers, sizeof answers, flags);
  if (count < 0 && errno == EINTR) return true;
  if (count < 0 && errno == EAGAIN && flags == MSG_DONTWAIT) return false;
  if (count <= 0) fail_receiving(count);
  if (count > phase->in_flight) fail("the server acknowledged what was not sent");
  for (ssize_t i = 0; i < count; i++) finish_request(phase);
  return true;
}

static void run_push(struct phase *phase) {
  for (;;) {
    while (start_request(phase)) {
      push_request();
      take_answers(phase, MSG_DONTWAIT);
    }
    if (phase->in_flight == 0) return;
    take_answers(phase, 0);
  }
}

static void verify_idle(void) { verify_silent(fd); }

const struct mode pull_mode = {"pull", open_stream, run_pull, verify_idle};
const struct mode push_mode = {"push", open_stream, run_push, verify_idle};
