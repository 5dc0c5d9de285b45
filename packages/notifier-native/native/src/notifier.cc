// A notifier as JavaScript holds it; see notifier.h.
#include "notifier.h"

#include <algorithm>

#include "descriptors.h"

namespace pike {

namespace {

// A batch smaller than this gains nothing by gathering.
constexpr uint32_t kGatheringRowsMin = 8;
// What the environment's end waits for answered writes that the system has not taken.
constexpr int kDebtsMs = 1'000;

}  // namespace

bool Environment::holds(Descriptor fd) const {
  if (fd == kNoDescriptor) return false;
  if (fd == kNoDescriptor) return false;
  for (Notifier* notifier : notifiers) {
    for (uint32_t slot = 0; slot < notifier->core.handles.used(); slot++) {
      const Handle& handle = *notifier->core.handles.at(slot);
      if (handle.kind != Kind::kFree && handle.fd == fd) return true;
    }
    if (notifier->backend != nullptr && notifier->backend->descriptor() == fd) return true;
  }
  return false;
}

Notifier::~Notifier() {
  close();
  auto& all = environment_->notifiers;
  all.erase(std::remove(all.begin(), all.end(), this), all.end());
}

int Notifier::open(napi_value buffers, napi_value spares, napi_value deliver, napi_value later,
                   const Choice& choice, const std::string& attach) {
  int code = 0;
  backend = choose_backend(choice, core, *this, &backend_name, &reason, &code);
  if (backend == nullptr) return code;
  napi_create_reference(env, buffers, 1, &buffers_);
  napi_create_reference(env, spares, 1, &spares_);
  napi_create_reference(env, deliver, 1, &deliver_);
  napi_create_reference(env, later, 1, &later_);
  environment_->notifiers.push_back(this);
  attachment = attach;
  if (attach == "none") return 0;
  watch_ = choose_attachment(attach, *this, &attachment, &reason);
  if (watch_ == nullptr) {
    close();
    return kUnsupported;
  }
  if (attachment == "loop") {
    napi_value name_value;
    napi_create_string_utf8(env, "pike", NAPI_AUTO_LENGTH, &name_value);
    napi_async_init(env, nullptr, name_value, &async_context_);
  }
  settle();
  return 0;
}

void Notifier::close() {
  if (backend == nullptr) return;
  if (watch_ != nullptr) watch_->stop();
  watch_ = nullptr;
  backend->take_posts();
  backend->settle_debts(kDebtsMs);
  backend->quiesce();
  for (uint32_t slot = 0; slot < core.handles.used(); slot++) {
    Handle& handle = *core.handles.at(slot);
    if (handle.kind == Kind::kFree) continue;
    backend->release(handle);
    close_handle(core, handle);
    core.handles.free(handle);
  }
  backend.reset();
  if (async_context_ != nullptr) napi_async_destroy(env, async_context_);
  async_context_ = nullptr;
  for (napi_ref* reference : {&buffers_, &spares_, &deliver_, &later_}) {
    if (*reference != nullptr) napi_delete_reference(env, *reference);
    *reference = nullptr;
  }
}

void Notifier::turn_and_deliver(int timeout_ms) {
  if (backend == nullptr) return;
  backend->take_posts();
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  backend->turn(timeout_ms);
  if (core.rows() > 0) deliver_rows();
  napi_close_handle_scope(env, scope);
  settle();
}

void Notifier::call(napi_ref function, uint32_t argument) {
  napi_value arguments[1];
  napi_value called;
  napi_value receiver;
  napi_create_uint32(env, argument, &arguments[0]);
  napi_get_reference_value(env, function, &called);
  napi_get_global(env, &receiver);
  // A threadsafe function's call is a callback already: the runtime sees to the microtasks.
  const napi_status status =
      async_context_ == nullptr
          ? napi_call_function(env, receiver, called, 1, arguments, nullptr)
          : napi_make_callback(env, async_context_, receiver, called, 1, arguments, nullptr);
  if (status != napi_pending_exception) return;
  napi_value error;
  napi_get_and_clear_last_exception(env, &error);
  napi_fatal_exception(env, error);
}

void Notifier::ask_for_lap() {
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  call(later_, 0);
  napi_close_handle_scope(env, scope);
}

uint32_t Notifier::lap() {
  uint32_t rows = 0;
  if (backend->has_work()) {
    backend->turn(0);
    rows = core.rows();
  }
  if (rows > 0) {
    core.count(kBatches);
    core.count(kCrossings);
  }
  settle();
  if (watch_ != nullptr) watch_->lap();
  return rows;
}

// While JavaScript handles the batch, it posts what it would else call for. Small writes are
// gathered only where that helps and nobody waits long for it: in a batch of several, after
// deliveries that were quick.
void Notifier::deliver_rows() {
  core.count(kBatches);
  core.count(kCrossings);
  const uint32_t rows = core.rows();
  uint32_t posting = kPostReads;
  if (quick_) posting |= kPostStreams;
  if (quick_ && rows >= kGatheringRowsMin) posting |= kPostWrites;
  // In a call by a threadsafe function, continuations run only after this has returned.
  core.shared.detail[kPosting] = async_context_ == nullptr ? 0 : posting;
  const double operations = core.shared.counters[kOperations];
  const uint64_t begun_ns = now_ns();
  call(deliver_, rows);
  core.shared.detail[kPosting] = 0;
  if (backend == nullptr) return;
  const uint64_t took_ns = now_ns() - begun_ns;
  backend->take_posts();
  const double done = rows + core.shared.counters[kOperations] - operations;
  quick_ = static_cast<double>(took_ns) < done * core.limits.gather_ns;
}

void Notifier::settle() {
  if (watch_ == nullptr) return;
  watch_->set_alive(ref_ && core.alive());
  if (backend->has_work() || backend->gathered()) watch_->hurry();
}

void Notifier::set_ref(bool ref) {
  ref_ = ref;
  settle();
}

bool Notifier::span(uint32_t request, uint64_t skip, Span* out) {
  if (find(request, skip, out)) return true;
  // An array of buffers may have been given an element that throws. Left pending, the exception
  // would keep the batch from being delivered.
  bool pending = false;
  napi_value error = nullptr;
  napi_is_exception_pending(env, &pending);
  if (pending) napi_get_and_clear_last_exception(env, &error);
  return false;
}

bool Notifier::find(uint32_t request, uint64_t skip, Span* out) {
  napi_value buffer;
  if (request == current_request_) {
    if (current_copied_ > skip) {
      out->total = out->bytes = current_copied_ - skip;
      out->vectors[out->count++] = {core.shared.slab + kSlabImmediate + skip,
                                    static_cast<size_t>(out->bytes)};
      return true;
    }
    buffer = current_buffer_;
  } else {
    napi_value buffers;
    if (napi_get_reference_value(env, buffers_, &buffers) != napi_ok) return false;
    if (napi_get_element(env, buffers, request, &buffer) != napi_ok) return false;
  }
  bool single = false;
  napi_is_typedarray(env, buffer, &single);
  if (single) return add(buffer, &skip, out);
  uint32_t count = 0;
  if (napi_get_array_length(env, buffer, &count) != napi_ok) return false;
  for (uint32_t i = 0; i < count; i++) {
    napi_value part;
    if (napi_get_element(env, buffer, i, &part) != napi_ok || !add(part, &skip, out)) return false;
  }
  return true;
}

bool Notifier::element(uint32_t request, uint32_t index, iovec* out) {
  napi_value list;
  napi_value one;
  if (request == current_request_) {
    list = current_buffer_;
  } else {
    napi_value buffers;
    if (napi_get_reference_value(env, buffers_, &buffers) != napi_ok) return false;
    if (napi_get_element(env, buffers, request, &list) != napi_ok) return false;
  }
  if (napi_get_element(env, list, index, &one) != napi_ok) return false;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, one, nullptr, &length, &data, nullptr, nullptr) != napi_ok) {
    return false;
  }
  *out = {data, length};
  return true;
}

bool Notifier::spare(uint32_t index, LoanMemory* out) {
  napi_value spares;
  napi_value bytes;
  napi_value table;
  if (napi_get_reference_value(env, spares_, &spares) != napi_ok) return false;
  if (napi_get_element(env, spares, 2 * index, &bytes) != napi_ok) return false;
  if (napi_get_element(env, spares, 2 * index + 1, &table) != napi_ok) return false;
  void* at = nullptr;
  if (napi_get_typedarray_info(env, bytes, nullptr, &out->size, &at, nullptr, nullptr) != napi_ok) {
    return false;
  }
  out->bytes = static_cast<uint8_t*>(at);
  if (napi_get_typedarray_info(env, table, nullptr, &out->table_size, &at, nullptr, nullptr) !=
      napi_ok) {
    return false;
  }
  out->table = static_cast<uint8_t*>(at);
  return out->size == kLoanBytes && out->table_size == kLoanTableBytes;
}

// An array that lies outside a buffer made smaller has no length either, and nothing else tells. A
// property that somebody hung on the buffer itself is not asked: it may be code.
static bool is_resizable(napi_env env, napi_value memory) {
  napi_value name = nullptr;
  napi_value found = nullptr;
  bool own = false;
  bool resizable = false;
  napi_create_string_latin1(env, "resizable", NAPI_AUTO_LENGTH, &name);
  if (napi_has_own_property(env, memory, name, &own) != napi_ok || own) return false;
  if (napi_get_property(env, memory, name, &found) != napi_ok) return false;
  return napi_get_value_bool(env, found, &resizable) == napi_ok && resizable;
}

bool Notifier::add(napi_value buffer, uint64_t* skip, Span* out) {
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, buffer, nullptr, &length, &data, nullptr, nullptr) != napi_ok) {
    return false;
  }
  if (length == 0) {
    napi_value memory;
    bool detached = false;
    napi_get_typedarray_info(env, buffer, nullptr, nullptr, nullptr, &memory, nullptr);
    napi_is_detached_arraybuffer(env, memory, &detached);
    return !detached && !is_resizable(env, memory);
  }
  if (*skip >= length) {
    *skip -= length;
    return true;
  }
  const uint64_t rest = length - *skip;
  if (out->count < kVectorsMax) {
    out->vectors[out->count++] = {static_cast<uint8_t*>(data) + *skip, static_cast<size_t>(rest)};
    out->bytes += rest;
  }
  *skip = 0;
  out->total += rest;
  return true;
}

}  // namespace pike
