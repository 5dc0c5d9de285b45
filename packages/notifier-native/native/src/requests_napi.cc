// The path of a byte: submit, cancel and turn, in plain N-API, scalars only.
#include <errno.h>
#include <node_api.h>

#include <cmath>
#include <limits>

#include "notifier.h"

namespace pike {

namespace {

constexpr size_t kArguments = 6;

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

// Not a number: NaN, which every check of a range refuses.
double to_double(napi_env env, napi_value value) {
  double number = std::numeric_limits<double>::quiet_NaN();
  napi_get_value_double(env, value, &number);
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

// submit(operation | flags << 8, id, handle, buffer, size, timeoutMs) → result; extra and offset in
// `detail`. `size` of a read: the chunk's largest; of a write: the bytes are few and stand in the
// slab for the first try.
napi_value submit(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Notifier& notifier = *call.notifier;
  if (notifier.closed()) return to_js(env, -kClosed);
  Core& core = notifier.core;
  core.count(kCrossings);
  core.shared.detail[0] = core.shared.detail[1] = 0;  // what is refused below has moved nothing
  const uint32_t what = to_uint32(env, call.arguments[0]);
  const uint32_t id = to_uint32(env, call.arguments[1]);
  const double time = to_double(env, call.arguments[5]);
  if (!is_whole(time, -1, INT32_MAX)) return to_js(env, -EINVAL);
  const int timeout_ms = static_cast<int>(time);
  const Operation operation = static_cast<Operation>(what & 0xff);
  if (operation == kTimer) {
    Request& request = core.open_request(id, operation, nullptr);
    const int64_t result = notifier.backend->submit_timer(request, timeout_ms);
    notifier.settle();
    return to_js(env, result);
  }
  Handle* handle = core.handles.by_id(to_double(env, call.arguments[2]));
  if (handle == nullptr) return to_js(env, -kStale);
  Request& request = core.open_request(id, operation, handle);
  request.flags = static_cast<uint8_t>(what >> 8);
  const bool copied = operation == kWrite || operation == kSendTo;
  // Nothing beyond the slab's own area is touched, whatever a layer says.
  uint32_t size = 0;
  if (copied || operation == kRead) {
    const double given = to_double(env, call.arguments[4]);
    size = is_whole(given, 0, kChunkBytesMax) ? static_cast<uint32_t>(given) : kNone;
  }
  request.size = copied && size != kNone ? 0 : size;
  notifier.set_current(id, call.arguments[3], copied && size != kNone ? size : 0);
  Outcome outcome;
  const int64_t result = notifier.backend->submit(request, *handle, timeout_ms, &outcome);
  notifier.set_current(kNone, nullptr, 0);
  if (result != kPending) {
    core.shared.detail[0] = outcome.extra;
    core.shared.detail[1] = outcome.offset;
  }
  notifier.settle();
  return to_js(env, result);
}

// cancel(id)
napi_value cancel(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Notifier& notifier = *call.notifier;
  if (notifier.closed()) return nullptr;
  notifier.core.count(kCrossings);
  Request* request = notifier.core.requests.pending(to_uint32(env, call.arguments[0]));
  if (request != nullptr) notifier.backend->cancel(*request, kAborted);
  notifier.settle();
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

void define(napi_env env, napi_value object, const char* name, napi_callback function, void* data) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, data, &value);
  napi_set_named_property(env, object, name, value);
}

}  // namespace

void define_requests(napi_env env, napi_value object, Notifier* notifier) {
  define(env, object, "submit", submit, notifier);
  define(env, object, "cancel", cancel, notifier);
  define(env, object, "turn", turn, notifier);
}

}  // namespace pike
