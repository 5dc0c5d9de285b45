// The binary's door: `layout()` for the check against the TypeScript face, `open()` for a notifier.
#include <napi.h>

#include <string>

#include "notifier.h"
#include "signals.h"

namespace pike {

namespace {

template <typename Array>
auto* memory(const Napi::Object& options, const char* name) {
  return options.Get(name).As<Array>().Data();
}

// open({ rows, slab, detail, counters, buffers, deliver, later, backend, features, attach,
// limits }) → the notifier's functions. A failure is { code, reason }.
Napi::Value open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object options = info[0].As<Napi::Object>();
  Shared shared;
  shared.slab = memory<Napi::Uint8Array>(options, "slab");
  shared.rows = memory<Napi::Float64Array>(options, "rows");
  shared.detail = memory<Napi::Float64Array>(options, "detail");
  shared.counters = memory<Napi::Float64Array>(options, "counters");
  const Napi::Object given = options.Get("limits").As<Napi::Object>();
  Limits limits;
  limits.handles = given.Get("handles").As<Napi::Number>().Uint32Value();
  limits.queue = given.Get("queue").As<Napi::Number>().Uint32Value();
  limits.immediate = given.Get("immediate").As<Napi::Number>().Uint32Value();

  const auto& environment = *env.GetInstanceData<std::shared_ptr<Environment>>();
  auto notifier = std::make_unique<Notifier>(env, environment, shared, limits);
  const int code =
      notifier->open(options.Get("buffers"), options.Get("deliver"), options.Get("later"),
                     {options.Get("backend").As<Napi::String>(),
                      options.Get("features").As<Napi::String>()},
                     options.Get("attach").As<Napi::String>());
  const Napi::Object object = Napi::Object::New(env);
  object.Set("code", code);
  object.Set("reason", notifier->reason);
  object.Set("backend", notifier->backend_name);
  object.Set("attachment", notifier->attachment);
  object.Set("features", notifier->backend == nullptr ? "" : notifier->backend->features());
  if (code != 0) return object;
  Notifier* const raw = notifier.release();
  // The shared memory lives as long as the functions that write to it.
  object.Set("memory", options);
  define_requests(env, object, raw);
  define_control(env, object, raw);
  napi_wrap(
      env, object, raw, [](napi_env, void* data, void*) { delete static_cast<Notifier*>(data); },
      nullptr, nullptr);
  return object;
}

Napi::Value layout(const Napi::CallbackInfo& info) {
  std::string text;
  for (const uint32_t number : {kAddressBytes, kSlabAddressIn, kSlabAddressOut, kSlabImmediate,
                                kChunkBytesMax, kSlabBatch, kSlabBytes, kRowsMax, kRowNumbers,
                                kDetailNumbers, uint32_t{kCounterNumbers}, kSlotBits}) {
    text += std::to_string(number) + ",";
  }
  text +=
      std::to_string(kEvent) + "," + std::to_string(kStale) + "," + std::to_string(kLayoutVersion);
  return Napi::String::New(info.Env(), text);
}

// The name of a signal's number; "" for none.
Napi::Value name_signal(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), signal_name(info[0].As<Napi::Number>().Int32Value()));
}

Napi::Object begin(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new std::shared_ptr<Environment>(std::make_shared<Environment>()));
  exports.Set("open", Napi::Function::New(env, open, "open"));
  exports.Set("layout", Napi::Function::New(env, layout, "layout"));
  exports.Set("nameSignal", Napi::Function::New(env, name_signal, "nameSignal"));
  return exports;
}

}  // namespace

}  // namespace pike

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return pike::begin(env, exports); }

NODE_API_MODULE(pike, Init)
