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
  size_t bytes;         /* of a request, a block, a message or a datagram, as the mode has it */
  uint64_t per_request; /* operations that one request stands for */
  unsigned window;      /* requests in flight on a connection, where a mode pipelines */
  bool offload;         /* datagrams are sent as segments (UDP_SEGMENT) */
  bool verify_all;      /* compare every byte, also where samples are the rule */
  double warm_up_s;
  double seconds;    /* length of the measured phase; unused when requests is set */
  uint64_t requests; /* length of the measured phase in requests, or 0 */
  int stall_ms;      /* give up when nothing happens for so long */
};

struct phase {
  uint64_t deadline_ns; /* 0: unlimited */
  uint64_t remaining;   /* requests that may still be started */
  uint64_t completed;   /* requests */
  uint64_t arrived;     /* operations that came through, where some may get lost */
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
  void (*verify_idle)(void); /* after a phase: nothing more may have arrived */
};

extern const struct mode echo_mode, accept_mode, bulk_mode, pull_mode, push_mode;
extern const struct mode flood_mode, datagram_pull_mode;

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t now_ns(void);
int open_poller(void);
/*
 * A blocking connection to the server that closes with a reset: tens of thousands in TIME_WAIT
 * would use up the ports of 127.0.0.1. It gives up on reading and writing after stall_ms.
 */
int connect_to_server(const struct options *options);
struct connection *make_connections(const struct options *options);
/*
 * Connects `count` times more and leaves those connections alone. The last of each few echoes once:
 * then the server has accepted all before it.
 */
void open_idle(const struct options *options, unsigned count);
/* Nothing may have come in on an open connection. */
void verify_silent(int fd);
/* Fills the request with bytes that no other request of this run has. */
void next_request(struct connection *connection, size_t bytes);
/* Sends what is left of the request. Returns true when all is sent, false on would-block. */
bool send_request(struct connection *connection, size_t bytes);
/* Receives and compares. Returns true when the whole echo is here. */
bool receive_echo(struct connection *connection, size_t bytes);
/* Whether the phase still has a request to start; takes it. */
bool take_request(struct phase *phase, uint64_t now);
/* Byte i of a message of the one-way shapes. */
static inline char message_byte(size_t index) { return (char)(index % 251); }

#endif
