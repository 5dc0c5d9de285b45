// The control plane: opening, binding, options, counters. Every function answers a number: a
// result, or a negated Code that the TypeScript face turns into an error; more comes through the
// slab and `detail`.
#include <napi.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "descriptors.h"
#include "errors.h"
#include "notifier.h"
#include "options.h"
#include "sockets.h"

namespace pike {

namespace {

using Info = Napi::CallbackInfo;
using Function = double (*)(Notifier&, const Info&);

// Number.MAX_SAFE_INTEGER
constexpr double kWholeMax = 9007199254740991.0;
constexpr uint32_t kRawOptionBytesMax = 4096;

double number(const Info& info, size_t index) {
  return info[index].As<Napi::Number>().DoubleValue();
}
// A number beyond the range is the range's end, never another number.
int integer(const Info& info, size_t index) {
  const double value = number(info, index);
  return static_cast<int>(std::min<double>(std::max<double>(value, INT_MIN), INT_MAX));
}

Descriptor descriptor(const Info& info, size_t index) {
  const double value = number(info, index);
  constexpr double kMax = static_cast<double>(std::numeric_limits<Descriptor>::max());
  return value >= 0 && value <= kMax ? static_cast<Descriptor>(value) : kNoDescriptor;
}

// Every argument is a whole number, unless the call takes texts.
bool are_whole(const Info& info) {
  for (size_t i = 0; i < info.Length(); i++) {
    if (!info[i].IsNumber()) return false;
    const double value = number(info, i);
    if (value != std::trunc(value) || std::fabs(value) > kWholeMax) return false;
  }
  return true;
}

Handle* handle_of(Notifier& notifier, const Info& info) {
  return notifier.core.handles.by_id(number(info, 0));
}

double enter(Notifier& notifier, int code, Handle* handle) {
  if (code != 0) return -code;
  notifier.core.count(kHandles);
  return handle->id();
}

// An event or a wait for signals: the backend hears of it from now on, or it is gone again.
double enter_special(Notifier& notifier, Handle* handle) {
  const int code = notifier.backend->adopt(*handle);
  if (code == 0) return enter(notifier, 0, handle);
  close_handle(notifier.core, *handle);
  notifier.core.handles.free(*handle);
  return -code;
}

// openSocket(family, type) → id
double open_socket_call(Notifier& notifier, const Info& info) {
  Handle* handle = nullptr;
  const int code = open_socket(notifier.core, static_cast<Family>(integer(info, 0)),
                               static_cast<Type>(integer(info, 1)), &handle);
  return enter(notifier, code, handle);
}

// adopt(fd) → id
double adopt(Notifier& notifier, const Info& info) {
  const Descriptor fd = descriptor(info, 0);
  if ((*info.Env().GetInstanceData<std::shared_ptr<Environment>>())->holds(fd)) return -kInUse;
  Handle* handle = nullptr;
  const int code = inspect(notifier.core, fd, &handle);
  if (code != 0) return -code;
  const int adopted = notifier.backend->adopt(*handle);
  if (adopted != 0) {
    notifier.core.handles.free(*handle);
    return -adopted;
  }
  take_in(*handle);
  return enter(notifier, 0, handle);
}

// openSignal(name, …) → id
double open_signal(Notifier& notifier, const Info& info) {
  if (notifier.core.handles.full()) return -kLimit;
  uint64_t bits = 0;
  for (size_t i = 0; i < info.Length(); i++) {
    const std::string name = info[i].IsString() ? info[i].As<Napi::String>().Utf8Value() : "";
    const int signal = signal_number(name.c_str());
    notifier.core.shared.detail[0] = static_cast<double>(i);
    // No wrong name, but one that only other systems serve.
    if (name.compare(0, 5, "SIGRT") == 0 && !serves_realtime_signals()) return -kUnsupported;
    if (signal == 0 || signal_refused(signal)) return -kInvalid;
    bits |= signal_bit(signal);
  }
  std::unique_ptr<SignalWait> signals;
  const int error = SignalWait::open(bits, &signals);
  if (error != 0) return -code_of(error);
  Handle* handle = notifier.core.handles.open(signals->fd(), Kind::kSignal);
  handle->special = true;
  handle->may_read = true;
  notifier.core.specials.make(handle->slot).signals = std::move(signals);
  return enter_special(notifier, handle);
}

// openEvent(mode) → id
double open_event_call(Notifier& notifier, const Info& info) {
  if (notifier.core.handles.full()) return -kLimit;
  const EventMode mode = static_cast<EventMode>(integer(info, 0));
  EventKey key;
  Descriptor fd = kNoDescriptor;
  const int code = open_event(mode, &key, &fd);
  if (code != 0) return -code;
  Handle* handle = notifier.core.handles.open(fd, Kind::kEvent);
  handle->special = true;
  Special& special = notifier.core.specials.make(handle->slot);
  special.event = key;
  special.mode = mode;
  return enter_special(notifier, handle);
}

// bind(handle, mode, replace); the address lies in the slab
double bind_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  SystemAddress address;
  const uint8_t* wire = notifier.core.shared.slab + kSlabAddressIn;
  if (!read_address(wire, &address)) return -address_refusal(wire);
  return -bind_socket(notifier.core, *handle, address, integer(info, 1), integer(info, 2) != 0);
}

// listen(handle, backlog, allowUid)
double listen_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  return -listen_socket(notifier.core, *handle, integer(info, 1),
                        static_cast<int64_t>(number(info, 2)));
}

// shutdown(handle, how)
double shutdown_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  return -notifier.backend->shutdown(*handle, integer(info, 1));
}

// localAddress(handle), peerAddress(handle); the address is in the slab
template <int (*name)(const Handle&, SystemAddress*)>
double name_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  SystemAddress address;
  if (const int code = name(*handle, &address); code != 0) return -code;
  write_address(address, notifier.core.shared.slab + kSlabAddressOut);
  return 0;
}

// getOption(handle, option) → detail[0]
double get_option_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  return -get_option(*handle, static_cast<uint32_t>(integer(info, 1)),
                     &notifier.core.shared.detail[0]);
}

// setOption(handle, option, value)
double set_option_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  return -set_option(*handle, static_cast<uint32_t>(integer(info, 1)), number(info, 2));
}

// setMembership(handle, join, interface, hasSource); group and source are in the slab
double set_membership_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  SystemAddress group;
  SystemAddress source;
  const uint8_t* slab = notifier.core.shared.slab;
  if (!read_address(slab + kSlabAddressIn, &group)) return -kInvalid;
  const bool has_source = integer(info, 3) != 0;
  if (has_source && !read_address(slab + kSlabAddressOut, &source)) return -kInvalid;
  return -set_membership(*handle, integer(info, 1) != 0, group,
                         static_cast<uint32_t>(integer(info, 2)), has_source ? &source : nullptr);
}

// getRawOption(handle, level, name, size) → bytes, from the slab's immediate area
double get_raw_option_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  uint32_t size = static_cast<uint32_t>(integer(info, 3));
  if (size > kRawOptionBytesMax) return -kInvalid;
  const int code = get_raw_option(*handle, integer(info, 1), integer(info, 2),
                                  notifier.core.shared.slab + kSlabImmediate, &size);
  return code == 0 ? static_cast<double>(size) : -static_cast<double>(code);
}

// setRawOption(handle, level, name, size); the bytes are in the slab's immediate area
double set_raw_option_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  const uint32_t size = static_cast<uint32_t>(integer(info, 3));
  if (size > kRawOptionBytesMax) return -kInvalid;
  const char* refused = nullptr;
  return -set_raw_option(*handle, integer(info, 1), integer(info, 2),
                         notifier.core.shared.slab + kSlabImmediate, size, &refused);
}

// fd(handle)
double fd_call(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  handle->exposed = true;
  return handle->fd == kNoDescriptor ? -kUnsupported : static_cast<double>(handle->fd);
}

// setRef(handle, keepsAlive)
double set_ref(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  notifier.core.set_keeps_alive(*handle, integer(info, 1) != 0);
  return 0;
}

// handleCounters(handle) → detail
double handle_counters(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  double* detail = notifier.core.shared.detail;
  detail[0] = handle->operations;
  detail[1] = handle->system_calls;
  detail[2] = handle->would_blocks;
  detail[3] = handle->completions;
  detail[4] = static_cast<double>(handle->bytes_read);
  detail[5] = static_cast<double>(handle->bytes_written);
  detail[6] = handle->reads.count + handle->waits.count;
  detail[7] = handle->writes.count;
  return 0;
}

// poster(handle) → detail
double poster(Notifier& notifier, const Info& info) {
  Handle* handle = handle_of(notifier, info);
  if (handle == nullptr) return -kStale;
  const Special* special = handle->special ? notifier.core.specials.find(handle->slot) : nullptr;
  if (special == nullptr || special->event.generation == 0) return -kUnsupported;
  notifier.core.shared.detail[0] = special->event.slot;
  notifier.core.shared.detail[1] = special->event.generation;
  return 0;
}

// setLoopRef(ref)
double set_loop_ref(Notifier& notifier, const Info& info) {
  notifier.set_ref(integer(info, 0) != 0);
  return 0;
}

// slotId(n) → the id of the n-th slot if it is open, else 0; −1 at the end
double slot_id(Notifier& notifier, const Info& info) {
  const uint32_t slot = static_cast<uint32_t>(integer(info, 0));
  if (slot >= notifier.core.handles.used()) return -1;
  const Handle& handle = *notifier.core.handles.at(slot);
  return handle.kind == Kind::kFree || handle.closing ? 0 : handle.id();
}

// shut(): lets go of everything
double shut(Notifier& notifier, const Info&) {
  notifier.close();
  return 0;
}

template <Function function>
napi_value call(napi_env env, napi_callback_info given) {
  const Info info(env, given);
  Notifier& notifier = *static_cast<Notifier*>(info.Data());
  if (notifier.closed()) return Napi::Number::New(env, -kClosed);
  notifier.backend->take_posts();
  const bool sound = function == open_signal || are_whole(info);
  const double result = sound ? function(notifier, info) : -kInvalid;
  notifier.settle();
  return Napi::Number::New(env, result);
}

// The object that gets a notifier's functions.
struct Target {
  napi_env env;
  napi_value object;
  Notifier* notifier;
};

template <Function function>
void define(const Target& target, const char* name) {
  define_function(target.env, target.object, name, call<function>, target.notifier);
}

}  // namespace

void define_control(napi_env env, napi_value object, Notifier* notifier) {
  const Target target = {env, object, notifier};
  define<open_socket_call>(target, "openSocket");
  define<adopt>(target, "adopt");
  define<open_signal>(target, "openSignal");
  define<open_event_call>(target, "openEvent");
  define<bind_call>(target, "bind");
  define<listen_call>(target, "listen");
  define<shutdown_call>(target, "shutdown");
  define<name_call<local_address>>(target, "localAddress");
  define<name_call<peer_address>>(target, "peerAddress");
  define<get_option_call>(target, "getOption");
  define<set_option_call>(target, "setOption");
  define<set_membership_call>(target, "setMembership");
  define<get_raw_option_call>(target, "getRawOption");
  define<set_raw_option_call>(target, "setRawOption");
  define<fd_call>(target, "fd");
  define<set_ref>(target, "setRef");
  define<handle_counters>(target, "handleCounters");
  define<poster>(target, "poster");
  define<set_loop_ref>(target, "setLoopRef");
  define<slot_id>(target, "slotId");
  define<shut>(target, "shut");
}

}  // namespace pike
