// Four faults on purpose. Before a sanitizer's silence is believed, each has to be reported: one
// that was not loaded, or whose log nobody reads, is silent too.

#include <node_api.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

volatile int sink;
int shared_count;

void overflow() {
  volatile int index = 16;  // unknown to the compiler, so that it is ASan's to find, not UBSan's
  char* bytes = static_cast<char*>(std::malloc(index));
  sink = bytes[index];
  std::free(bytes);
}

void leak() {
  // More than one: the last address may still lie in a register or on the stack, and count as held.
  for (int i = 0; i < 16; i++) {
    void* volatile lost = std::malloc(4096);
    std::memset(lost, 1, 4096);
    lost = nullptr;
  }
}

void undefined() {
  volatile int largest = INT_MAX;
  sink = largest + 1;
}

void race() {
  std::thread other([] {
    for (int i = 0; i < 1000; i++) shared_count++;
  });
  for (int i = 0; i < 1000; i++) shared_count++;
  other.join();
}

template <void (*fault)()>
napi_value call(napi_env, napi_callback_info) {
  fault();
  return nullptr;
}

template <void (*fault)()>
void add(napi_env env, napi_value exports, const char* name) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call<fault>, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

NAPI_MODULE_INIT() {
  add<overflow>(env, exports, "overflow");
  add<leak>(env, exports, "leak");
  add<undefined>(env, exports, "undefined");
  add<race>(env, exports, "race");
  return exports;
}
