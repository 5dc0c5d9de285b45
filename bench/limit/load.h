/*
 * What the parts of the load generator share: the options, a phase of load, and the modes.
 *
 * A mode opens what it needs once, then runs phases (a warm-up, the measured one). A phase ends
 * only when nothing is in flight, so the server is idle before and after it and every operation is
 * counted whole.
 */
#ifndef PIKE_BENCH_LOAD_H
#define PIKE_BENCH_LOAD_H
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

enum { EVENTS_PER_WAIT = 1024 };

struct options {
  const char *mode;
  struct sockaddr_in server;
  unsigned connections; /* echo: open connections; accept: conversations at a time */
  size_t bytes;         /* per request */
  double warm_up_s;
  double seconds;    /* length of the measured phase; unused when requests is set */
  uint64_t requests; /* length of the measured phase in operations, or 0 */
  int stall_ms;      /* give up when nothing happens for so long */
};

struct phase {
  uint64_t deadline_ns; /* 0: unlimited */
  uint64_t remaining;   /* operations that may still be started */
  uint64_t completed;
  unsigned in_flight;
  struct histogram latency;
};

/* One conversation with the server; owned by the mode for the whole run. */
struct connection {
  int fd;
  uint64_t sequence, started_ns;
  size_t sent, received;
  char *request; /* options.bytes long */
};

struct mode {
  const char *name;
  void (*open)(const struct options *options);
  void (*run)(struct phase *phase);
  void (*verify_idle)(void); /* after the last phase: nothing more may have arrived */
};

extern const struct mode echo_mode, accept_mode;

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t now_ns(void);
int open_poller(void);
struct connection *make_connections(const struct options *options);
/* Fills the request with bytes that no other request of this run has. */
void next_request(struct connection *connection, size_t bytes);
/* Sends what is left of the request. Returns true when all is sent, false on would-block. */
bool send_request(struct connection *connection, size_t bytes);
/* Receives and compares. Returns true when the whole echo is here. */
bool receive_echo(struct connection *connection, size_t bytes);
/* Whether the phase still has an operation to start; takes it. */
bool take_operation(struct phase *phase, uint64_t now);

#endif
