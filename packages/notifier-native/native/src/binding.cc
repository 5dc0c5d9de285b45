// The binary's door: `layout()` for the check against the TypeScript face, `open()` for a notifier.
#include <napi.h>

#include <string>

#include "notifier.h"
#include "signals.h"

namespace pike {

namespace {

// The options of a notifier. A worker may be ended at any instant, and then nothing can be read or
// set any more; node-addon-api would end the process over it.
class Options {
 public:
  Options(napi_env env, napi_value object) : env_(env), object_(object) {}
  bool sound() const { return sound_; }

  napi_value value(const char* name) {
    napi_value found = nullptr;
    check(napi_get_named_property(env_, object_, name, &found));
    return found;
  }
  template <typename Number>
  Number* memory(const char* name) {
    void* data = nullptr;
    const napi_value array = value(name);
    if (sound_) {
      check(napi_get_typedarray_info(env_, array, nullptr, nullptr, &data, nullptr, nullptr));
    }
    return static_cast<Number*>(data);
  }
  uint32_t number(const char* name) {
    uint32_t number = 0;
    const napi_value found = value(name);
    if (sound_) check(napi_get_value_uint32(env_, found, &number));
    return number;
  }
  std::string text(const char* name) {
    char bytes[kTextMax] = {};
    const napi_value found = value(name);
    if (sound_) check(napi_get_value_string_utf8(env_, found, bytes, sizeof bytes, nullptr));
    return bytes;
  }
  void set(const char* name, napi_value value) {
    if (sound_) check(napi_set_named_property(env_, object_, name, value));
  }
  void set(const char* name, const std::string& text) {
    napi_value value = nullptr;
    check(napi_create_string_utf8(env_, text.data(), text.size(), &value));
    set(name, value);
  }

 private:
  static constexpr size_t kTextMax = 1024;
  void check(napi_status status) { sound_ = sound_ && status == napi_ok; }
  napi_env env_;
  napi_value object_;
  bool sound_ = true;
};

void free_notifier(napi_env, void* data, void*) { delete static_cast<Notifier*>(data); }

// open({ rows, slab, detail, counters, posts, gates, buffers, spares, deliver, later, backend,
// features, attach, gatherMicros, limits, offload }) → the notifier's functions. A failure is
// { code, reason }. Undefined: the thread is being ended.
Napi::Value open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Options options(env, info[0]);
  Shared shared;
  shared.slab = options.memory<uint8_t>("slab");
  shared.rows = options.memory<double>("rows");
  shared.detail = options.memory<double>("detail");
  shared.counters = options.memory<double>("counters");
  shared.posts = options.memory<double>("posts");
  shared.gates = options.memory<uint32_t>("gates");
  Options given(env, options.value("limits"));
  Limits limits;
  limits.handles = given.number("handles");
  limits.queue = given.number("queue");
  limits.immediate = given.number("immediate");
  limits.gather_ns = options.number("gatherMicros") * 1000;
  const napi_value buffers = options.value("buffers");
  limits.offload = options.number("offload") != 0;
  const napi_value spares = options.value("spares");
  const napi_value deliver = options.value("deliver");
  const napi_value later = options.value("later");
  const std::string backend = options.text("backend");
  const std::string features = options.text("features");
  const std::string attach = options.text("attach");
  napi_value object = nullptr;
  if (!options.sound() || !given.sound() || napi_create_object(env, &object) != napi_ok) return {};

  const auto& environment = *env.GetInstanceData<std::shared_ptr<Environment>>();
  auto notifier = std::make_unique<Notifier>(env, environment, shared, limits);
  const int code = notifier->open(buffers, spares, deliver, later, {backend, features}, attach);
  Options opened(env, object);
  opened.set("code", Napi::Number::New(env, code));
  opened.set("reason", notifier->reason);
  opened.set("backend", notifier->backend_name);
  opened.set("attachment", notifier->attachment);
  opened.set("features", notifier->backend == nullptr ? "" : notifier->backend->features());
  // The shared memory lives as long as the functions that write to it.
  opened.set("memory", info[0]);
  if (!opened.sound()) return {};
  if (code != 0) return Napi::Value(env, object);
  Notifier* const raw = notifier.get();
  define_requests(env, object, raw);
  define_control(env, object, raw);
  if (napi_wrap(env, object, raw, free_notifier, nullptr, nullptr) != napi_ok) return {};
  notifier.release();  // the object's now
  return Napi::Value(env, object);
}

Napi::Value layout(const Napi::CallbackInfo& info) {
  std::string text;
  for (const uint32_t number : {kAddressBytes, kSlabAddressIn, kSlabAddressOut, kSlabImmediate,
                                kChunkBytesMax, kSlabBatch, kSlabBytes, kRowsMax, kRowNumbers,
                                kDetailNumbers, uint32_t{kCounterNumbers}, kSlotBits, kSlabPosts,
                                kPostsMax, kPostNumbers, kPostedWriteMax, kLoanTableBytes,
                                kLoanBytes}) {
    text += std::to_string(number) + ",";
  }
  text += std::to_string(kAcceptMany) + "," + std::to_string(kStale) + "," +
          std::to_string(kLayoutVersion);
  return Napi::String::New(info.Env(), text);
}

// The name of a signal's number; "" for none.
Napi::Value name_signal(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), signal_name(info[0].As<Napi::Number>().Int32Value()));
}

// The environment ends: its notifiers let go of everything.
void close_all(void* data) {
  auto* environment = static_cast<std::shared_ptr<Environment>*>(data);
  for (Notifier* notifier : (*environment)->notifiers) notifier->close();
  delete environment;
}

Napi::Object begin(Napi::Env env, Napi::Object exports) {
  auto* environment = new std::shared_ptr<Environment>(std::make_shared<Environment>());
  env.SetInstanceData(environment);
  // Not every runtime finalizes objects when an environment ends. What is attached goes before, by
  // a hook of its own.
  napi_add_env_cleanup_hook(env, close_all, new std::shared_ptr<Environment>(*environment));
  exports.Set("open", Napi::Function::New(env, open, "open"));
  exports.Set("layout", Napi::Function::New(env, layout, "layout"));
  exports.Set("nameSignal", Napi::Function::New(env, name_signal, "nameSignal"));
  const auto unblocked = [](const Napi::CallbackInfo&) { leave_signals_unblocked(); };
  const auto look = [](const Napi::CallbackInfo& info) {
    look_at_dispositions(info[0].As<Napi::Number>().Uint32Value());
  };
  exports.Set("leaveSignalsUnblocked",
              Napi::Function::New(env, unblocked, "leaveSignalsUnblocked"));
  exports.Set("lookAtDispositions", Napi::Function::New(env, look, "lookAtDispositions"));
  return exports;
}

}  // namespace

}  // namespace pike

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return pike::begin(env, exports); }

NODE_API_MODULE(pike, Init)
