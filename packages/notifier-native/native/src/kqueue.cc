// kqueue(2): the reactor's backend on macOS and the BSDs.
//
// A descriptor is watched by two filters, EVFILT_READ and EVFILT_WRITE, each with EV_CLEAR: told
// once per change, and of what is there already when it is added. Registration asks for a receipt
// of each, so that a descriptor that cannot be watched is an error, and pending events stay where
// they are. Events and signals have no descriptor here: EVFILT_USER under the event's own identity,
// and EVFILT_SIGNAL, which counts. EVFILT_TIMER holds the earliest deadline. The kernel's user data
// is slot and generation.
//
// Nothing here depends on the system but through <sys/event.h>: see docs/backends.md.
#include "kqueue.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
// After it, as the manual page has it.
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "errors.h"
#include "events_kqueue.h"
#include "signals_kqueue.h"

namespace pike {

namespace {

// Events taken from the kernel in one call; more wait for the next turn.
constexpr int kEventsMax = 256;

// Tokens that are no handle's: slots stop at 2^20.
constexpr uint64_t kWakeToken = 0xfffffffe;
constexpr uint64_t kTimerToken = 0xfffffffd;
constexpr uint64_t kSignalToken = 0xfffffffc;

// Identities within a filter. An event's is never below 2^32.
constexpr uint64_t kWakeIdentity = 1;
constexpr uint64_t kTimerIdentity = 1;

static_assert(sizeof(uintptr_t) == 8, "slot and generation fit into an identity and a token");

struct kevent change_of(uint64_t ident, int filter, int flags, unsigned fflags, int64_t data,
                        uint64_t token) {
  struct kevent change;
  EV_SET(&change, static_cast<uintptr_t>(ident), static_cast<short>(filter),
         static_cast<unsigned short>(flags), fflags, data, reinterpret_cast<void*>(token));
  return change;
}

uint64_t token_of(const struct kevent& event) { return reinterpret_cast<uint64_t>(event.udata); }

// What keeps a filter from a descriptor whatever one does, rather than for now.
bool is_kind_refused(int error) {
  switch (error) {
    case EINVAL:
    case EPERM:
    case ENODEV:
    case EOPNOTSUPP:
#if ENOTSUP != EOPNOTSUPP  // one number on Linux and FreeBSD, two on macOS
    case ENOTSUP:
#endif
      return true;
    default:
      return false;
  }
}

uint32_t counted(int64_t data) {
  return static_cast<uint32_t>(std::min<int64_t>(std::max<int64_t>(data, 0), UINT32_MAX));
}

}  // namespace

Kqueue::~Kqueue() {
  if (kqueue_ != kNoDescriptor) close(kqueue_);
}

int Kqueue::open() {
  kqueue_ = kqueue();
  if (kqueue_ < 0) return code_of(errno);
  fcntl(kqueue_, F_SETFD, FD_CLOEXEC);
  const int error = apply_one(kWakeIdentity, EVFILT_USER, EV_ADD | EV_CLEAR, kWakeToken);
  return error == 0 ? 0 : code_of(error);
}

// --- Registering
// ------------------------------------------------------------------------------------------

// Applies changes; each comes back with its errno, or 0, in `data`. With room for the receipts
// alone, no pending event comes in their place.
void Kqueue::apply(struct kevent* changes, int count) {
  constexpr int kChangesMax = 2;
  struct kevent receipts[kChangesMax];
  const timespec at_once{};
  for (int i = 0; i < count; i++) changes[i].flags |= EV_RECEIPT;
  core.count(kSystemCalls);
  int received = kevent(kqueue_, changes, count, receipts, count, &at_once);
  while (received < 0 && errno == EINTR) {
    received = kevent(kqueue_, changes, count, receipts, count, &at_once);
  }
  const int error = received < 0 ? errno : 0;
  for (int i = 0; i < count; i++) {
    changes[i].data = error;
    for (int j = 0; j < received; j++) {
      const bool same = receipts[j].ident == changes[i].ident &&
                        receipts[j].filter == changes[i].filter &&
                        (receipts[j].flags & EV_ERROR) != 0;
      if (same) changes[i].data = receipts[j].data;
    }
  }
}

int Kqueue::apply_one(uint64_t ident, int filter, int flags, uint64_t token) {
  struct kevent change = change_of(ident, filter, flags, 0, 0, token);
  apply(&change, 1);
  return static_cast<int>(change.data);
}

int Kqueue::arm(Handle& handle) {
  handle.system_calls++;
  int code = 0;
  if (handle.kind == Kind::kEvent) code = arm_event(handle);
  else if (handle.kind == Kind::kSignal) code = arm_signals(handle);
  else code = arm_descriptor(handle);
  handle.armed = code == 0;
  return code;
}

int Kqueue::arm_descriptor(Handle& handle) {
  const uint64_t fd = static_cast<uint64_t>(handle.fd);
  struct kevent changes[2] = {
      change_of(fd, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, handle.token()),
      change_of(fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0, handle.token()),
  };
  apply(changes, 2);
  int read = static_cast<int>(changes[0].data);
  const int write = static_cast<int>(changes[1].data);
  if (is_kind_refused(read) && handle.kind == Kind::kFile) {
    // macOS watches a device that cannot count its bytes only if it is asked for one at least.
    struct kevent lowest =
        change_of(fd, EVFILT_READ, EV_ADD | EV_CLEAR, NOTE_LOWAT, 1, handle.token());
    apply(&lowest, 1);
    read = static_cast<int>(lowest.data);
  }
  if (read == 0 && write == 0) return 0;
  // Whoever is on the other side of a pipe has gone already: the call will say so.
  const bool gone = (read == 0 || read == EPIPE) && (write == 0 || write == EPIPE);
  if (gone) {
    ask_again(handle);
    return 0;
  }
  // A descriptor of one direction, such as a device or a pipe's end, is watched in that one.
  const bool refused = read != 0 && write != 0;
  const bool partly = !refused && is_kind_refused(read == 0 ? write : read);
  if (partly) {
    handle.unwatched = read == 0 ? kWritable : kReadable;
    return 0;
  }
  if (!refused) apply_one(fd, read == 0 ? EVFILT_READ : EVFILT_WRITE, EV_DELETE, 0);
  const int error = read != 0 ? read : write;
  return is_kind_refused(error) ? kUnsupported : code_of(error);
}

int Kqueue::arm_event(Handle& handle) {
  const EventKey key = core.specials.find(handle.slot)->event;
  const int error = apply_one(identity_of(key), EVFILT_USER, EV_ADD | EV_CLEAR, handle.token());
  if (error != 0) return code_of(error);
  watch_event(key, kqueue_, handle.token());
  return 0;
}

// One registration for each signal serves every handle of this notifier that waits for it.
int Kqueue::arm_signals(Handle& handle) {
  const CountedWait& wait = counted_wait(*core.specials.find(handle.slot)->signals);
  signal_waits_.push_back(handle.token());
  for (int number = 1; number < kSignalEnd; number++) {
    if (!wait.waits_for(number)) continue;
    const int error =
        apply_one(static_cast<uint64_t>(number), EVFILT_SIGNAL, EV_ADD, kSignalToken);
    if (error == 0) continue;
    forget_signals(handle);
    return code_of(error);
  }
  return 0;
}

void Kqueue::disarm(Handle& handle) {
  if (handle.kind == Kind::kSignal) {
    forget_signals(handle);
    return;
  }
  if (handle.kind == Kind::kEvent) {
    const EventKey key = core.specials.find(handle.slot)->event;
    unwatch_event(key);
    apply_one(identity_of(key), EVFILT_USER, EV_DELETE, 0);
    return;
  }
  const uint64_t fd = static_cast<uint64_t>(handle.fd);
  struct kevent changes[2] = {
      change_of(fd, EVFILT_READ, EV_DELETE, 0, 0, 0),
      change_of(fd, EVFILT_WRITE, EV_DELETE, 0, 0, 0),
  };
  apply(changes, 2);
}

void Kqueue::forget_signals(const Handle& handle) {
  const CountedWait& gone = counted_wait(*core.specials.find(handle.slot)->signals);
  signal_waits_.erase(std::remove(signal_waits_.begin(), signal_waits_.end(), handle.token()),
                      signal_waits_.end());
  uint64_t others = 0;
  for (const uint64_t token : signal_waits_) {
    others |= counted_wait(*core.specials.find(core.handles.by_token(token)->slot)->signals).bits();
  }
  for (int number = 1; number < kSignalEnd; number++) {
    if (!gone.waits_for(number) || (others & signal_bit(number)) != 0) continue;
    apply_one(static_cast<uint64_t>(number), EVFILT_SIGNAL, EV_DELETE, 0);
  }
}

// --- Waiting
// ----------------------------------------------------------------------------------------------

void Kqueue::wait(int timeout_ms) {
  if (!signal_waits_.empty()) keep_dispositions();
  struct kevent events[kEventsMax];
  timespec rest{};
  rest.tv_sec = timeout_ms / 1000;
  rest.tv_nsec = static_cast<long>(timeout_ms % 1000) * 1000000;
  core.count(kSystemCalls);
  const int count =
      kevent(kqueue_, nullptr, 0, events, kEventsMax, timeout_ms < 0 ? nullptr : &rest);
  for (int i = 0; i < count; i++) take(events[i]);
}

void Kqueue::take(const struct kevent& event) {
  const uint64_t token = token_of(event);
  if (event.filter == EVFILT_TIMER) {
    armed_ms_ = 0;
    return;
  }
  if (event.filter == EVFILT_SIGNAL) {
    take_signals(static_cast<int>(event.ident), static_cast<uint64_t>(event.data));
    return;
  }
  if (event.filter == EVFILT_USER) {
    if (token == kWakeToken) woken_.store(false, std::memory_order_release);
    else on_ready(token, kReadyRead);
    return;
  }
  uint32_t ready = event.filter == EVFILT_READ ? kReadyRead : kReadyWrite;
  int error = 0;
  // The end may come with data still to read, and an error with it: the calls are asked for each.
  if ((event.flags & EV_EOF) != 0) {
    ready |= kReadyHangup;
    error = event.fflags == 0 ? 0 : code_of(static_cast<int>(event.fflags));
  }
  if ((event.flags & EV_ERROR) != 0) ready |= kReadyHangup;
#ifdef EV_OOBAND  // macOS tells of urgent data
  if (event.filter == EVFILT_READ && (event.flags & EV_OOBAND) != 0) ready |= kReadyHangup;
#endif
  on_ready(token, ready, event.filter == EVFILT_READ ? counted(event.data) : 0, error);
}

void Kqueue::take_signals(int number, uint64_t count) {
  if (number < 1 || number >= kSignalEnd) return;
  for (size_t i = 0; i < signal_waits_.size(); i++) {
    const uint64_t token = signal_waits_[i];
    CountedWait& wait =
        counted_wait(*core.specials.find(core.handles.by_token(token)->slot)->signals);
    if (!wait.waits_for(number)) continue;
    wait.add(number, count);
    on_ready(token, kReadyRead);
  }
}

// Not every manual page says that a timer which is added anew starts anew: so it is deleted before.
void Kqueue::lower_deadline(uint64_t deadline_ms) {
  if (armed_ms_ != 0 && armed_ms_ <= deadline_ms) return;
  const uint64_t now = now_ms();
  // Not 0, which systems take differently.
  const uint64_t rest = deadline_ms > now ? deadline_ms - now : 1;
  struct kevent changes[2];
  int count = 0;
  if (armed_ms_ != 0) {
    changes[count++] = change_of(kTimerIdentity, EVFILT_TIMER, EV_DELETE, 0, 0, kTimerToken);
  }
  struct kevent& added = changes[count++];
  added = change_of(kTimerIdentity, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0,
                    static_cast<int64_t>(rest), kTimerToken);
  armed_ms_ = deadline_ms;
  apply(changes, count);
  // The system's limit of timers is reached: tried again with each turn, of which one is due now.
  if (added.data != 0) {
    armed_ms_ = 0;
    wake();
  }
}

void Kqueue::wake() {
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  // What could not be triggered is tried again by the next that wakes.
  if (trigger(kqueue_, kWakeIdentity, kWakeToken) != 0) {
    woken_.store(false, std::memory_order_release);
  }
}

std::unique_ptr<Backend> make_kqueue(const Choice&, Core& core, BufferSource& buffers) {
  return std::make_unique<Kqueue>(core, buffers);
}

}  // namespace pike
