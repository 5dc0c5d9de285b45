/*
 * The limit for waking another thread: two threads post to each other, each on the polls that a
 * notifier attached to a runtime's loop has: the loop's epoll watches the notifier's, which watches
 * an eventfd.
 *
 *   wake_epoll --warm-up S --seconds S
 *
 * It drives itself as the load does: prints {"ready":true} after warming up, waits for a line,
 * runs, prints its result as JSON, and ends with standard input. One round trip in 16 is timed.
 * Each thread owns its three descriptors.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../load/histogram.h"
#include "service.h"

enum { EVENTS_PER_WAIT = 64, SAMPLE = 16 };

struct side {
  int loop, notifier, event;
};

static struct side front, back;
static struct histogram latency;

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int watching(int fd) {
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll");
  return poller;
}

static void open_side(struct side *side) {
  side->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (side->event < 0) die("eventfd");
  side->notifier = watching(side->event);
  side->loop = watching(side->notifier);
}

static void post(const struct side *side) {
  const uint64_t one = 1;
  if (write(side->event, &one, sizeof one) != sizeof one) die("write");
}

/* Blocks in the loop's wait, looks at the notifier's, takes the posts. */
static void wait_for_post(const struct side *side) {
  struct epoll_event ready[EVENTS_PER_WAIT];
  for (;;) {
    if (epoll_wait(side->loop, ready, EVENTS_PER_WAIT, -1) < 0 && errno != EINTR) die("epoll_wait");
    const int count = epoll_wait(side->notifier, ready, EVENTS_PER_WAIT, 0);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    uint64_t posts;
    if (count > 0 && read(side->event, &posts, sizeof posts) == sizeof posts) return;
  }
}

static void *answer_posts(void *unused) {
  for (;;) {
    wait_for_post(&back);
    post(&front);
  }
  return unused;
}

static uint64_t run_for(double seconds) {
  const uint64_t end_ns = now_ns() + (uint64_t)(seconds * 1e9);
  memset(&latency, 0, sizeof latency);
  for (uint64_t count = 0;;) {
    const uint64_t started_ns = now_ns();
    if (started_ns >= end_ns) return count;
    post(&back);
    wait_for_post(&front);
    histogram_record(&latency, now_ns() - started_ns);
    for (int i = 1; i < SAMPLE; i++) {
      post(&back);
      wait_for_post(&front);
    }
    count += SAMPLE;
  }
}

static double seconds_argument(char **argv, int index, const char *name) {
  if (strcmp(argv[index], name) != 0) refuse("--warm-up S --seconds S");
  return strtod(argv[index + 1], NULL);
}

int main(int argc, char **argv) {
  service_begin("wake_epoll");
  if (argc != 5) refuse("--warm-up S --seconds S");
  const double warm_up_s = seconds_argument(argv, 1, "--warm-up");
  const double seconds = seconds_argument(argv, 3, "--seconds");
  open_side(&front);
  open_side(&back);
  pthread_t thread;
  if (pthread_create(&thread, NULL, answer_posts, NULL) != 0) die("pthread_create");
  run_for(warm_up_s);
  printf("{\"ready\":true}\n");
  fflush(stdout);
  char line[64];
  if (fgets(line, sizeof line, stdin) == NULL) return 0;
  const uint64_t started_ns = now_ns();
  const uint64_t count = run_for(seconds);
  printf("{\"operations\":%" PRIu64 ",\"seconds\":%.6f,\"p50_us\":%.3f,\"p99_us\":%.3f}\n", count,
         (double)(now_ns() - started_ns) / 1e9, histogram_percentile_ns(&latency, 0.5) / 1e3,
         histogram_percentile_ns(&latency, 0.99) / 1e3);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) continue;
  return 0;
}
