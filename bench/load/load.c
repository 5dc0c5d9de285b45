/*
 * The load generator: one thread, as light as what it measures.
 *
 *   load --mode MODE --port N [--connections N] [--bytes N] [--per-request N] [--window N]
 *        [--offload] [--verify-all] [--warm-up S] [--seconds S | --requests N] [--stall-ms N]
 *        [--now]
 *
 * It opens its connections, warms the server up, prints {"ready":true}, and then obeys lines on
 * standard input: "idle N" opens N idle connections more, anything else runs the measured phase.
 * Each is answered with one line of JSON. It ends with standard input. So whoever drives it can
 * read the server's CPU time while the server is idle, on both sides of a measured phase. With
 * --now it runs one phase and ends.
 */
#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const struct mode *const modes[] = {&echo_mode, &accept_mode, &bulk_mode,         &pull_mode,
                                           &push_mode, &flood_mode,  &datagram_pull_mode};
static bool run_now;

static double number_option(const char *name, const char *text, double least, double largest) {
  char *end;
  errno = 0;
  double value = strtod(text, &end);
  if (errno != 0 || end == text || *end != '\0' || !(value >= least && value <= largest))
    fail("--%s must be a number from %g to %g, not \"%s\"", name, least, largest, text);
  return value;
}

static const struct option names[] = {{"mode", required_argument, NULL, 'm'},
                                      {"port", required_argument, NULL, 'p'},
                                      {"connections", required_argument, NULL, 'c'},
                                      {"bytes", required_argument, NULL, 'b'},
                                      {"per-request", required_argument, NULL, 'o'},
                                      {"window", required_argument, NULL, 'q'},
                                      {"offload", no_argument, NULL, 'g'},
                                      {"verify-all", no_argument, NULL, 'v'},
                                      {"warm-up", required_argument, NULL, 'w'},
                                      {"seconds", required_argument, NULL, 's'},
                                      {"requests", required_argument, NULL, 'r'},
                                      {"stall-ms", required_argument, NULL, 't'},
                                      {"now", no_argument, NULL, 'n'},
                                      {NULL, 0, NULL, 0}};

static void take_option(struct options *options, int letter) {
  switch (letter) {
    case 'm': options->mode = optarg; break;
    case 'p':
      options->server.sin_port = htons((uint16_t)number_option("port", optarg, 1, 65535));
      break;
    case 'c':
      options->connections = (unsigned)number_option("connections", optarg, 1, 100000);
      break;
    case 'b': options->bytes = (size_t)number_option("bytes", optarg, 8, 1 << 20); break;
    case 'o':
      options->per_request = (uint64_t)number_option("per-request", optarg, 1, 1 << 20);
      break;
    case 'q': options->window = (unsigned)number_option("window", optarg, 1, 256); break;
    case 'g': options->offload = true; break;
    case 'v': options->verify_all = true; break;
    case 'w': options->warm_up_s = number_option("warm-up", optarg, 0, 3600); break;
    case 's': options->seconds = number_option("seconds", optarg, 0.001, 3600); break;
    case 'r': options->requests = (uint64_t)number_option("requests", optarg, 1, 1e12); break;
    case 't': options->stall_ms = (int)number_option("stall-ms", optarg, 1, 600000); break;
    case 'n': run_now = true; break;
    default: exit(2);
  }
}

static struct options parse_options(int argc, char **argv) {
  struct options options = {.mode = "echo",
                            .connections = 64,
                            .bytes = 64,
                            .per_request = 1,
                            .window = 2,
                            .seconds = 1,
                            .stall_ms = 5000};
  options.server.sin_family = AF_INET;
  options.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int letter;
  while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) take_option(&options, letter);
  if (optind < argc) fail("unexpected argument \"%s\"", argv[optind]);
  if (options.server.sin_port == 0) fail("--port is missing");
  return options;
}

static const struct mode *find_mode(const char *name) {
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
    if (strcmp(modes[i]->name, name) == 0) return modes[i];
  fail("no mode \"%s\"", name);
}

static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static double own_cpu_us(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static struct phase *run_phase(const struct mode *mode, double seconds, uint64_t requests) {
  static struct phase phase;
  memset(&phase, 0, sizeof phase);
  phase.remaining = requests > 0 ? requests : UINT64_MAX;
  phase.deadline_ns = requests > 0 ? 0 : now_ns() + (uint64_t)(seconds * 1e9);
  mode->run(&phase);
  return &phase;
}

static void run_measured(const struct mode *mode, const struct options *options) {
  const double cpu_before_us = own_cpu_us();
  const uint64_t started_ns = now_ns();
  const struct phase *phase = run_phase(mode, options->seconds, options->requests);
  const double seconds = (double)(now_ns() - started_ns) / 1e9;
  const double cpu_us = own_cpu_us() - cpu_before_us;
  mode->verify_idle();
  const struct histogram *latency = &phase->latency;
  printf("{\"operations\":%" PRIu64 ",\"arrived\":%" PRIu64
         ",\"seconds\":%.6f,\"p50_us\":%.3f,\"p99_us\":%.3f,\"max_us\":%.3f,"
         "\"load_cpu_us\":%.0f}\n",
         phase->completed * options->per_request, phase->arrived, seconds,
         histogram_percentile_ns(latency, 0.5) / 1e3, histogram_percentile_ns(latency, 0.99) / 1e3,
         (double)latency->max_ns / 1e3, cpu_us);
}

static void obey(const char *line, const struct mode *mode, const struct options *options) {
  unsigned count;
  if (sscanf(line, "idle %u", &count) == 1) {
    open_idle(options, count);
    printf("{\"idle\":%u}\n", count);
  } else {
    run_measured(mode, options);
  }
  fflush(stdout);
}

int main(int argc, char **argv) {
  const struct options options = parse_options(argc, argv);
  const struct mode *mode = find_mode(options.mode);
  raise_descriptor_limit();
  signal(SIGPIPE, SIG_IGN);
  mode->open(&options);

  if (options.warm_up_s > 0) run_phase(mode, options.warm_up_s, 0);
  printf("{\"ready\":true}\n");
  fflush(stdout);
  char line[64];
  if (run_now)
    obey("run", mode, &options);
  else
    while (fgets(line, sizeof line, stdin) != NULL) obey(line, mode, &options);
  return 0;
}
