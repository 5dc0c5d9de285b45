// Preloaded into a runtime: io_uring_enter(2) fails now and then, as it does when memory is short
// (EAGAIN), completions have no place (EBUSY) or a signal comes (EINTR). $PIKE_FAULTS holds
// "ERRNO EVERY RUN": of each EVERY calls the first RUN fail. The file $PIKE_FAULTS_MADE says that
// one did. See ld.so(8), LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// The same number on every architecture; older headers don't have it.
#define IO_URING_ENTER 426

static int error, every, run;
static __thread unsigned calls;

__attribute__((constructor)) static void begin(void) {
  const char *faults = getenv("PIKE_FAULTS");
  if (faults == NULL || sscanf(faults, "%d %d %d", &error, &every, &run) != 3) every = 0;
}

static void tell(void) {
  static int told;
  if (__atomic_exchange_n(&told, 1, __ATOMIC_RELAXED)) return;
  const char *made = getenv("PIKE_FAULTS_MADE");
  if (made != NULL) close(open(made, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

long syscall(long number, ...) {
  static long (*next)(long, ...);
  if (next == NULL) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  va_list list;
  va_start(list, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (number == IO_URING_ENTER && every > 0 && calls++ % (unsigned)every < (unsigned)run) {
    tell();
    errno = error;
    return -1;
  }
  return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
