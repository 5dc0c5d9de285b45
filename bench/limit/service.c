/* The side of a limit program that faces the benchmark; see service.h. It owns nothing. */
#define _GNU_SOURCE
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, UDP_BUFFER_BYTES = 4 << 20 };

static const char *program_name = "limit";

void service_begin(const char *program) {
  program_name = program;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void die(const char *what) {
  fprintf(stderr, "%s: %s: %s\n", program_name, what, strerror(errno));
  exit(1);
}

void refuse(const char *what) {
  fprintf(stderr, "%s: %s\n", program_name, what);
  exit(2);
}

unsigned number_argument(const char *text) {
  char *end;
  const long value = text == NULL ? 0 : strtol(text, &end, 10);
  if (value < 1 || value > INT32_MAX || *end != '\0') refuse("arguments are numbers from 1 on");
  return (unsigned)value;
}

/* Binds to a port of 127.0.0.1 that the system chooses, and gives it. */
static int bind_loopback(int fd) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(fd, (struct sockaddr *)&address, length) != 0) die("bind");
  if (getsockname(fd, (struct sockaddr *)&address, &length) != 0) die("getsockname");
  return ntohs(address.sin_port);
}

static void announce(int port) {
  printf("listening %d\n", port);
  fflush(stdout);
}

int service_listen(void) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const int on = 1;
  /* Linux hands it down to accepted sockets. */
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int port = bind_loopback(fd);
  if (listen(fd, BACKLOG) != 0) die("listen");
  announce(port);
  return fd;
}

static int open_udp(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const int bytes = UDP_BUFFER_BYTES;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  return fd;
}

int service_bind_udp(void) {
  const int fd = open_udp();
  announce(bind_loopback(fd));
  return fd;
}

int connect_udp(uint16_t port) {
  const int fd = open_udp();
  const struct sockaddr_in peer = {.sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (const struct sockaddr *)&peer, sizeof peer) != 0) die("connect");
  return fd;
}

char *datagrams_apart(unsigned bytes) {
  const size_t length = (size_t)DATAGRAMS_APART * bytes;
  char *datagrams = malloc(length);
  if (datagrams == NULL) die("malloc");
  for (size_t i = 0; i < length; i++) datagrams[i] = message_byte(i % bytes);
  return datagrams;
}

void service_input(void (*answer)(void)) {
  char bytes[64];
  const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) exit(0);
  for (ssize_t i = 0; i < count; i++) {
    if (bytes[i] != '\n') continue;
    answer();
    fflush(stdout);
  }
}
