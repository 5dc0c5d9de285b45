// The scheduler: how a request is started, waits in its queue, is tried and ends, whatever the
// kernel. Readers and writers of a handle are served in order, no handle gives more than its share
// in a turn, and what has a deadline ends with it. A reactor and a proactor differ only in what one
// try does and in what they hear from the kernel.
#pragma once
#include <unordered_map>
#include <vector>

#include "address.h"
#include "backend.h"

namespace pike {

class Scheduler : public Backend {
 public:
  using Backend::Backend;

  int64_t submit(Request& request, Handle& handle, int timeout_ms, Outcome* outcome) override;
  int64_t submit_timer(Request& request, int timeout_ms) override;
  void cancel(Request& request, int code) override;
  void retry_stalled() override;
  void turn(int timeout_ms) override;
  bool has_work() const override { return !ready_.empty() || core.has_finished(); }

 protected:
  // What a try answers besides a result: not now (kPending), or enough for this turn.
  static constexpr int64_t kYield = kPending - 1;

  // --- What a kind of backend provides
  // -------------------------------------------------------------------------------

  // Waits, and serves whatever the kernel tells of.
  virtual void wait(int timeout_ms) = 0;
  // Instead of a wait: takes what came without one.
  virtual void collect() {}
  // There is a deadline at `deadline_ms` of now_ms(): a wait has to end then, unless an earlier one
  // is known.
  virtual void lower_deadline(uint64_t deadline_ms) = 0;
  // All deadlines have been looked at: the earliest left, or 0.
  virtual void set_deadline(uint64_t deadline_ms) {
    if (deadline_ms != 0) lower_deadline(deadline_ms);
  }
  // A handle has work: now, or in the next turn.
  virtual void serve(Handle& handle) = 0;
  // A close or detach: ends everything of the handle, and then itself.
  virtual int64_t begin_close(Request& request, Handle& handle, Outcome* outcome) = 0;
  // Everything of the handle is delivered: the descriptor goes.
  virtual int64_t let_go(Request& request, Outcome* outcome) = 0;

  // Whether a request that nobody stands before is worth a try when it is submitted.
  virtual bool worth_a_try(const Request& request, const Handle& handle) = 0;
  // Whether the first of a queue is, or any of a handle's.
  virtual bool may_try(const Request&, const Handle&) const { return true; }
  virtual bool may_serve(const Handle&) const { return true; }
  // A request is about to wait: whatever will tell of its completion is armed. 0 or a Code.
  virtual int about_to_wait(Request&, Handle&) { return 0; }
  // The same after a try in a turn.
  virtual int goes_on_waiting(Request&, Handle&) { return 0; }
  // Whether the kernel works on a waiting request that is given up, which then ends with that: with
  // `-code`, if nothing more comes of it.
  virtual bool in_kernel(Request&, Handle&, int code) {
    static_cast<void>(code);
    return false;
  }

  // One try each: a result, a negated Code, kPending or kYield. Chunks, addresses and ids go to
  // `offset` of the slab.
  virtual int64_t attempt_read(Request& request, Handle& handle, uint32_t offset) = 0;
  virtual int64_t attempt_write(Request& request, Handle& handle, Outcome* outcome) = 0;
  virtual int64_t attempt_receive(Request& request, Handle& handle, uint32_t offset,
                                  Outcome* outcome) = 0;
  virtual int64_t attempt_send_to(Request& request, Handle& handle) = 0;
  virtual int64_t attempt_receive_many(Request& request, Handle& handle, Outcome* outcome) = 0;
  virtual int64_t attempt_send_many(Request& request, Handle& handle, Outcome* outcome) = 0;
  virtual int64_t attempt_connect(Request& request, Handle& handle) = 0;
  virtual int64_t attempt_event(Handle& handle) = 0;
  virtual int64_t attempt_signal(Handle& handle, uint32_t offset) = 0;
  virtual int64_t attempt_wait(Request& request, Handle& handle) = 0;
  // 0 with the handle of a listener's next connection, or what an attempt answers otherwise.
  virtual int64_t accept_one(Handle& handle, SystemAddress* from, Handle** out) = 0;

  // --- What it has for them
  // -------------------------------------------------------------------------------

  void serve_ready();
  void serve_queue(Handle& handle, Queue& queue);
  void serve_waits(Handle& handle);
  void make_ready(Handle& handle);
  // A handle waits for something that no event tells: it is tried again after `after_ms`, or when
  // something was freed.
  void stall(Handle& handle, uint64_t after_ms);
  // Ends everything of a queue with `result`.
  void end_all(Queue& queue, int64_t result);
  // Whether a connect is under way, or next.
  bool connecting(const Handle& handle);
  // The address of a request: of a first try it lies in the slab, one that waits has its own copy.
  // 0 or a Code.
  int address_of(const Request& request, SystemAddress* out);
  void forget_address(const Request& request) { addresses_.erase(request.id); }
  // Puts it in its queue. kPending, or a negated Code.
  int64_t park(Request& request, Handle& handle, int timeout_ms);
  bool spend(Handle& handle);
  void called(Handle& handle) {
    core.count(kSystemCalls);
    handle.system_calls++;
  }

 private:
  int keep_address(Request& request);
  void give_up(Request& request, int code);
  void expire();
  int64_t attempt(Request& request, Handle& handle, uint32_t offset, Outcome* outcome);
  int64_t attempt_accept(Handle& handle, uint32_t offset, Outcome* outcome);
  int64_t attempt_accept_many(Request& request, Handle& handle, uint32_t offset);

  uint32_t turn_ = 1;
  std::vector<uint64_t> ready_;    // tokens of handles with work left for the next turn
  std::vector<uint64_t> serving_;  // the ready list of this turn
  std::vector<uint64_t> stalled_;  // tokens of those that wait for what no event tells
  uint64_t stall_retry_ms_ = 0;    // 0: nothing is stalled
  std::unordered_map<uint32_t, SystemAddress> addresses_;  // of waiting connects and sends
};

}  // namespace pike
