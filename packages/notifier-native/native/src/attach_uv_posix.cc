// Attached to libuv: the backend's descriptor is watched by a uv_poll_t on the environment's own
// loop, never on the default one, in runtimes whose loop that is. The handle closes through an
// async cleanup hook, since Node aborts when a loop ends with one open.
#include <uv.h>

#include "attach.h"
#include "notifier.h"

// A runtime without libuv loads the binary all the same, and finds these missing.
#pragma weak napi_get_uv_event_loop
#pragma weak uv_poll_init
#pragma weak uv_poll_start
#pragma weak uv_check_init
#pragma weak uv_check_start
#pragma weak uv_idle_init
#pragma weak uv_idle_start
#pragma weak uv_idle_stop
#pragma weak uv_prepare_init
#pragma weak uv_prepare_start
#pragma weak uv_close
#pragma weak uv_ref
#pragma weak uv_unref

namespace pike {

namespace {

class UvWatch final : public LoopWatch {
 public:
  explicit UvWatch(Notifier& notifier) : notifier_(&notifier) {}

  bool begin(napi_env env) {
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) return false;
    poll_.data = prepare_.data = check_.data = idle_.data = this;
    if (uv_poll_init(loop, &poll_, notifier_->backend->descriptor()) != 0) return false;
    open_ = true;
    napi_add_async_cleanup_hook(env, on_cleanup, this, &hook_);
    uv_prepare_init(loop, &prepare_);
    uv_check_init(loop, &check_);
    uv_idle_init(loop, &idle_);
    uv_prepare_start(&prepare_, on_prepare);
    uv_check_start(&check_, on_check);
    for (uv_handle_t* handle : handles_) uv_unref(handle);
    return uv_poll_start(&poll_, UV_READABLE, on_poll) == 0;
  }

  void set_alive(bool alive) override {
    if (alive == alive_) return;
    alive_ = alive;
    if (alive) uv_ref(handles_[0]);
    else uv_unref(handles_[0]);
  }

  // Before the loop waits again it is asked whether there is work; only when it may be about to
  // wait is it woken.
  void hurry() override {
    if (waiting_) notifier_->backend->wake();
  }
  void lap() override {}

  void stop() override {
    notifier_ = nullptr;
    if (!open_) {
      delete this;
      return;
    }
    open_ = false;
    for (uv_handle_t* handle : handles_) uv_close(handle, on_closed);
  }

 private:
  static void on_poll(uv_poll_t* poll, int, int) {
    UvWatch* watch = static_cast<UvWatch*>(poll->data);
    watch->waiting_ = false;
    watch->turned_ = true;
    if (watch->notifier_ != nullptr) watch->notifier_->turn_and_deliver();
  }
  // The loop is about to wait: not at all, if there is work, which has its turn afterwards.
  static void on_prepare(uv_prepare_t* prepare) {
    UvWatch* watch = static_cast<UvWatch*>(prepare->data);
    if (watch->notifier_ == nullptr) return;
    watch->working_ = watch->notifier_->backend->flush();
    watch->waiting_ = true;
    watch->turned_ = false;
    if (watch->working_) uv_idle_start(&watch->idle_, on_idle);
    else uv_idle_stop(&watch->idle_);
  }
  static void on_check(uv_check_t* check) {
    UvWatch* watch = static_cast<UvWatch*>(check->data);
    watch->waiting_ = false;
    if (watch->notifier_ == nullptr || !watch->working_ || watch->turned_) return;
    watch->notifier_->turn_and_deliver(kNoWait);
  }
  // Only its being there matters: a loop with an idle handle does not wait.
  static void on_idle(uv_idle_t*) {}
  static void on_closed(uv_handle_t* handle) {
    UvWatch* watch = static_cast<UvWatch*>(handle->data);
    if (--watch->closing_ > 0) return;
    napi_remove_async_cleanup_hook(watch->hook_);
    delete watch;
  }
  // The environment ends: the notifier lets go of everything, and with it of this watch.
  static void on_cleanup(napi_async_cleanup_hook_handle, void* data) {
    UvWatch* watch = static_cast<UvWatch*>(data);
    if (watch->notifier_ != nullptr) watch->notifier_->close();
  }

  Notifier* notifier_;
  uv_poll_t poll_{};
  uv_prepare_t prepare_{};
  uv_check_t check_{};
  uv_idle_t idle_{};
  uv_handle_t* const handles_[4] = {
      reinterpret_cast<uv_handle_t*>(&poll_), reinterpret_cast<uv_handle_t*>(&prepare_),
      reinterpret_cast<uv_handle_t*>(&check_), reinterpret_cast<uv_handle_t*>(&idle_)};
  int closing_ = 4;  // handles that the loop has yet to let go of
  napi_async_cleanup_hook_handle hook_ = nullptr;
  bool open_ = false;
  bool alive_ = false;
  bool waiting_ = false;  // the loop waits, or is about to
  bool working_ = false;  // there was work before it waited
  bool turned_ = false;   // and a turn since
};

}  // namespace

LoopWatch* watch_by_loop(Notifier& notifier) {
  if (napi_get_uv_event_loop == nullptr || uv_poll_init == nullptr) return nullptr;
  UvWatch* watch = new UvWatch(notifier);
  if (watch->begin(notifier.env)) return watch;
  watch->stop();
  return nullptr;
}

}  // namespace pike
