// The path of a byte: submit, cancel and turn, in plain N-API, scalars only.
#include <node_api.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "events.h"
#include "notifier.h"

namespace pike {

namespace {

constexpr size_t kArguments = 1;

struct Call {
  Notifier* notifier = nullptr;
  napi_value arguments[kArguments];
  Call(napi_env env, napi_callback_info info) {
    size_t count = kArguments;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
    notifier = static_cast<Notifier*>(data);
  }
};

uint32_t to_uint32(napi_env env, napi_value value) {
  uint32_t number = 0;
  napi_get_value_uint32(env, value, &number);
  return number;
}

bool is_whole(double number, double least, double largest) {
  return number >= least && number <= largest && number == std::trunc(number);
}

int32_t to_int32(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return number;
}

napi_value to_js(napi_env env, int64_t number) {
  napi_value value = nullptr;
  if (number >= INT32_MIN && number <= INT32_MAX) {
    napi_create_int32(env, static_cast<int32_t>(number), &value);
  } else {
    napi_create_double(env, static_cast<double>(number), &value);
  }
  return value;
}

// A number that JavaScript left in the detail array; 0 for what is no 32-bit number.
uint32_t operand(const Core& core, Operand which) {
  const double number = core.shared.detail[which];
  return number >= 0 && number <= UINT32_MAX ? static_cast<uint32_t>(number) : 0;
}

int64_t start(Notifier& notifier, napi_value buffer, Outcome* outcome) {
  if (notifier.closed()) return -kClosed;
  notifier.backend->take_posts();
  Core& core = notifier.core;
  core.count(kCrossings);
  const uint32_t what = operand(core, kWhat);
  const uint32_t id = operand(core, kId);
  const double time = core.shared.detail[kTimeoutMs];
  if (!is_whole(time, -1, INT32_MAX)) return -kInvalid;
  const int timeout_ms = static_cast<int>(time);
  const Operation operation = static_cast<Operation>(what & 0xff);
  core.next_spare = 0;
  if (operation == kTimer) {
    return notifier.backend->submit_timer(core.open_request(id, operation, nullptr), timeout_ms);
  }
  Handle* handle = core.handles.by_id(core.shared.detail[kHandleId]);
  if (handle == nullptr) return -kStale;
  Request& request = core.open_request(id, operation, handle);
  request.flags = static_cast<uint8_t>(what >> 8);
  const bool copied = operation == kWrite || operation == kSendTo;
  // Nothing beyond the slab's own area is touched, whatever a layer says.
  uint32_t size = 0;
  if (copied || operation == kRead || operation >= kReceiveMany) {
    const double given = core.shared.detail[kSize];
    const double most = operation == kAcceptMany ? kAcceptsMax : kChunkBytesMax;
    size = is_whole(given, 0, most) ? static_cast<uint32_t>(given) : kNone;
  }
  request.size = copied && size != kNone ? 0 : size;
  notifier.set_current(id, buffer, copied && size != kNone ? size : 0);
  const int64_t result = notifier.backend->submit(request, *handle, timeout_ms, outcome);
  notifier.set_current(kNone, nullptr, 0);
  return result;
}

// submit(buffer?): the operands stand in the detail array, where the result, extra and offset come
// out: reading them there costs a few nanoseconds less each than an argument. `size` of a read: the
// chunk's largest; of a write: the bytes are few and stand in the slab for the first try.
napi_value submit(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value buffer;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &buffer, nullptr, &data);
  Notifier& notifier = *static_cast<Notifier*>(data);
  Outcome outcome;
  outcome.result = start(notifier, buffer, &outcome);
  double* detail = notifier.core.shared.detail;
  detail[kResult] = static_cast<double>(outcome.result);
  detail[kExtra] = outcome.extra;
  detail[kOffset] = outcome.offset;
  notifier.settle();
  return nullptr;
}

// cancel(id)
napi_value cancel(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Notifier& notifier = *call.notifier;
  if (notifier.closed()) return nullptr;
  notifier.backend->take_posts();
  notifier.core.count(kCrossings);
  Request* request = notifier.core.requests.pending(to_uint32(env, call.arguments[0]));
  if (request != nullptr) notifier.backend->cancel(*request, kAborted);
  notifier.settle();
  return nullptr;
}

// post(slot, generation, count): of an event, which may be another thread's.
napi_value post(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  Notifier& notifier = *static_cast<Notifier*>(data);
  if (notifier.closed()) return to_js(env, -kClosed);
  const EventKey key = {to_uint32(env, arguments[0]), to_uint32(env, arguments[1])};
  return to_js(env, -post_event(key, to_uint32(env, arguments[2])));
}

// takePosts(withinMs?)
napi_value take_posts(napi_env env, napi_callback_info info) {
  Call call(env, info);
  if (call.notifier->closed()) return nullptr;
  call.notifier->backend->take_posts();
  const int32_t within_ms = to_int32(env, call.arguments[0]);
  if (within_ms > 0) call.notifier->backend->settle_debts(within_ms);
  call.notifier->settle();
  return nullptr;
}

// turn(timeoutMs) → rows. By hand only.
napi_value turn(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Notifier& notifier = *call.notifier;
  if (notifier.closed()) return to_js(env, 0);
  notifier.core.count(kCrossings);
  notifier.backend->turn(to_int32(env, call.arguments[0]));
  if (notifier.core.rows() > 0) notifier.core.count(kBatches);
  return to_js(env, notifier.core.rows());
}

// lap() → rows. The runtime's loop has come round, as it was asked for.
napi_value lap(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Notifier& notifier = *call.notifier;
  if (notifier.closed()) return to_js(env, 0);
  return to_js(env, notifier.lap());
}

// unread(id) → what a detach of that number found received and not read, when it is more than a
// chunk.
napi_value unread(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Core& core = call.notifier->core;
  const auto found = core.unread.find(to_uint32(env, call.arguments[0]));
  if (found == core.unread.end()) return nullptr;
  const std::vector<uint8_t> bytes = std::move(found->second);
  core.unread.erase(found);
  void* memory = nullptr;
  napi_value buffer = nullptr;
  napi_value view = nullptr;
  if (napi_create_arraybuffer(env, bytes.size(), &memory, &buffer) != napi_ok) return nullptr;
  memcpy(memory, bytes.data(), bytes.size());
  napi_create_typedarray(env, napi_uint8_array, bytes.size(), buffer, 0, &view);
  return view;
}

}  // namespace

void define_function(napi_env env, napi_value object, const char* name, napi_callback function,
                     Notifier* notifier) {
  napi_value value = nullptr;
  // Either fails only where the thread is being ended, and then nobody calls it.
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, notifier, &value) != napi_ok) {
    return;
  }
  napi_set_named_property(env, object, name, value);
}

void define_requests(napi_env env, napi_value object, Notifier* notifier) {
  define_function(env, object, "submit", submit, notifier);
  define_function(env, object, "cancel", cancel, notifier);
  define_function(env, object, "post", post, notifier);
  define_function(env, object, "takePosts", take_posts, notifier);
  define_function(env, object, "turn", turn, notifier);
  define_function(env, object, "lap", lap, notifier);
  define_function(env, object, "unread", unread, notifier);
}

}  // namespace pike
