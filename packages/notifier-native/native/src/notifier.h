// A notifier as JavaScript holds it: the core and its backend, the shared memory, and the one call
// into JavaScript per wake-up. It belongs to one environment and one thread.
//
// Life: open → (attached: a watch on the runtime's loop) → close or the environment's end,
// whichever comes first; the object itself is freed with the JavaScript object that wraps it, or
// with the environment.
#pragma once
#include <node_api.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "attach.h"
#include "backend.h"

namespace pike {

class Notifier;

// What belongs to one environment (main thread or worker): its notifiers.
struct Environment {
  std::vector<Notifier*> notifiers;
  // Whether a descriptor is in a notifier of this environment.
  bool holds(Descriptor fd) const;
};

class Notifier final : public BufferSource {
 public:
  Notifier(napi_env env, std::shared_ptr<Environment> environment, const Shared& shared,
           const Limits& limits)
      : env(env), core(shared, limits), environment_(std::move(environment)) {}
  ~Notifier() override;

  // Takes `buffers` (an array: request number → the caller's memory), `spares` (an array: bytes and
  // table of each spare memory for a batch of datagrams), `deliver` (called with the number of
  // rows) and `later` (called to have `lap` called), and opens a backend. 0 or a Code; `reason`
  // explains either. `attachment`: how it hears from the runtime's loop; "none" when it is driven
  // by hand.
  int open(napi_value buffers, napi_value spares, napi_value deliver, napi_value later,
           const Choice& choice, const std::string& attachment);
  // Closes every descriptor without completing anything: JavaScript has closed its handles before,
  // or is gone.
  void close();
  bool closed() const { return backend == nullptr; }

  // One turn of the runtime's loop: completes what it can and calls JavaScript once if there was
  // anything.
  void turn_and_deliver(int timeout_ms = 0);
  // Asks JavaScript to call `lap` when the runtime's loop has come round.
  void ask_for_lap();
  // A turn if there is work, of which the caller delivers the rows.
  uint32_t lap();
  // After anything that JavaScript asked for: the loop is kept alive as needed, and comes round if
  // there is work.
  void settle();
  void set_ref(bool ref);

  bool span(uint32_t request, uint64_t skip, Span* out) override;
  bool spare(uint32_t index, LoanMemory* out) override;
  bool element(uint32_t request, uint32_t index, iovec* out) override;
  // The memory of the request being submitted, which is not in the array yet: the caller's buffer,
  // or, of a small write, `copied` bytes in the slab.
  void set_current(uint32_t request, napi_value buffer, uint32_t copied) {
    current_request_ = request;
    current_buffer_ = buffer;
    current_copied_ = copied;
  }

  const napi_env env;
  Core core;
  std::unique_ptr<Backend> backend;
  std::string backend_name;
  std::string reason;
  std::string attachment;  // see choose_attachment

 private:
  void call(napi_ref function, uint32_t argument);
  void deliver_rows();
  bool find(uint32_t request, uint64_t skip, Span* out);
  bool add(napi_value buffer, uint64_t* skip, Span* out);

  // Shared: the environment's end may finalize its data before or after this object.
  std::shared_ptr<Environment> environment_;
  napi_ref buffers_ = nullptr;
  napi_ref spares_ = nullptr;
  napi_ref deliver_ = nullptr;
  napi_ref later_ = nullptr;
  napi_async_context async_context_ = nullptr;  // null: calls come from the runtime already
  LoopWatch* watch_ = nullptr;  // null when driven by hand; frees itself
  bool ref_ = true;
  bool quick_ = false;  // the last delivery took little time for what it did
  uint32_t current_request_ = kNone;
  napi_value current_buffer_ = nullptr;
  uint32_t current_copied_ = 0;
};

// Defines the functions of a notifier on its JavaScript object.
void define_function(napi_env env, napi_value object, const char* name, napi_callback function,
                     Notifier* notifier);
void define_requests(napi_env env, napi_value object, Notifier* notifier);
void define_control(napi_env env, napi_value object, Notifier* notifier);

}  // namespace pike
