/* Sends NUMBER to PID, COUNT times, by sigqueue(3), with the values 0 to COUNT - 1. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

int main(int count, char **arguments) {
  if (count != 4) return 2;
  const pid_t pid = atoi(arguments[1]);
  const int number = atoi(arguments[2]), last = atoi(arguments[3]);
  const struct timespec pause = {0, 100000};
  for (int i = 0; i < last;) {
    const union sigval value = {.sival_int = i};
    if (sigqueue(pid, number, value) == 0) i++;
    else if (errno == EAGAIN) nanosleep(&pause, NULL); /* RLIMIT_SIGPENDING */
    else return 1;
  }
  return 0;
}
