// <sys/event.h> for a stand-in of kqueue(2) on Linux, for tests alone: what the manual pages of
// FreeBSD and macOS declare, as far as the filters below go. The numbers are those of both systems;
// where the two differ (units of timers) they are FreeBSD's. Implemented beside this folder.
#pragma once

#include <stdint.h>
#include <time.h>

struct kevent {
  uintptr_t ident;
  short filter;
  unsigned short flags;
  unsigned int fflags;
  int64_t data;
  void* udata;
};

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_SIGNAL (-6)
#define EVFILT_TIMER (-7)
#define EVFILT_USER (-11)

// Actions.
#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_RECEIPT 0x0040

// How it is told.
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_DISPATCH 0x0080

// What is told.
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

// EVFILT_READ, EVFILT_WRITE
#define NOTE_LOWAT 0x0001

// EVFILT_USER
#define NOTE_FFNOP 0x00000000u
#define NOTE_FFAND 0x40000000u
#define NOTE_FFOR 0x80000000u
#define NOTE_FFCOPY 0xc0000000u
#define NOTE_FFCTRLMASK 0xc0000000u
#define NOTE_FFLAGSMASK 0x00ffffffu
#define NOTE_TRIGGER 0x01000000u

// EVFILT_TIMER; without any, milliseconds.
#define NOTE_SECONDS 0x00000001
#define NOTE_MSECONDS 0x00000002
#define NOTE_USECONDS 0x00000004
#define NOTE_NSECONDS 0x00000008
#define NOTE_ABSTIME 0x00000010

#define EV_SET(event, ident, filter, flags, fflags, data, udata) \
  standin_set((event), (ident), (filter), (flags), (fflags), (data), (udata))

#ifdef __cplusplus
extern "C" {
#endif

static inline void standin_set(struct kevent* event, uintptr_t ident, short filter,
                               unsigned short flags, unsigned int fflags, int64_t data,
                               void* udata) {
  event->ident = ident;
  event->filter = filter;
  event->flags = flags;
  event->fflags = fflags;
  event->data = data;
  event->udata = udata;
}

int kqueue(void);
int kevent(int kq, const struct kevent* changelist, int nchanges, struct kevent* eventlist,
           int nevents, const struct timespec* timeout);

#ifdef __cplusplus
}
#endif
