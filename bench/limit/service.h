/*
 * What every program of the limit does for the benchmark: it says where it listens, answers
 * questions on standard input, and ends with it.
 *
 * A line on standard input is a question; the answer is one line of JSON, written by the program.
 */
#ifndef PIKE_BENCH_SERVICE_H
#define PIKE_BENCH_SERVICE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the messages that the firehose and the bulk shapes send: byte i of a message is this. */
static inline char message_byte(size_t index) { return (char)(index % 251); }

/* Whoever sends datagrams has more than one: so many lie one after another. */
enum { DATAGRAMS_APART = 460 };
char *datagrams_apart(unsigned bytes);

/* The program's name for messages; all the descriptors there may be; a broken pipe is an error. */
void service_begin(const char *program);
/* Ends the program with the text of errno. */
_Noreturn void die(const char *what);
/* Ends the program; for arguments that make no sense. */
_Noreturn void refuse(const char *what);
/* A whole number from 1 to 2^31 - 1, or the end of the program. */
unsigned number_argument(const char *text);
/* Listens on a TCP port of 127.0.0.1 that the system chooses, non-blocking, and prints it. */
int service_listen(void);
/* The same for UDP, with receive and send buffers as large as the system allows. */
int service_bind_udp(void);
/* A UDP socket with large buffers, connected to a port of 127.0.0.1. */
int connect_udp(uint16_t port);
/*
 * Reads standard input, of which it is known that it has something: calls `answer` for each line,
 * which prints one, and ends the program at its end.
 */
void service_input(void (*answer)(void));

#endif
