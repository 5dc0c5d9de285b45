// The reactor: attempt the call, park it, retry when the descriptor is ready. Shared by every
// backend whose kernel tells of readiness; such a backend only adds arm, disarm and wait.
#pragma once
#include <unordered_map>
#include <vector>

#include "descriptors.h"
#include "gathered.h"
#include "scheduler.h"

namespace pike {

// What the kernel said about a descriptor.
enum Ready : uint32_t {
  kReadyRead = 1,
  kReadyWrite = 2,
  // Half-close, hang-up, error or urgent data: read until would-block, ask the call.
  kReadyHangup = 4,
};

class Loan;

class Reactor : public Scheduler {
 public:
  using Scheduler::Scheduler;

  int adopt(Handle& handle) override;
  void release(Handle& handle) override;
  int64_t submit(Request& request, Handle& handle, int timeout_ms, Outcome* outcome) override {
    const int64_t result = Scheduler::submit(request, handle, timeout_ms, outcome);
    show_gate(handle);
    return result;
  }
  void await_work() override { await_readable(descriptor()); }
  void take_posts() override;
  int shutdown(Handle& handle, int how) override;
  void settle_debts(int within_ms) override;

 protected:
  // --- What a reactor backend provides
  // ------------------------------------------------------------------- Watches a descriptor in
  // both directions, edge-triggered; the first report tells what is ready now. 0 or a Code.
  virtual int arm(Handle& handle) = 0;
  // Stops watching it.
  virtual void disarm(Handle& handle) = 0;
  // Whether close(2) by itself ends the watch of a descriptor that nobody else has.
  virtual bool closing_ends_watch() const { return false; }
  // Its `wait` calls `on_ready` for every event.

  // --- What a backend may do better
  // ---------------------------------------------------------------------- A request is about to be
  // parked: whatever will tell of its completion is armed. 0 or a Code.
  virtual int expect(Request&, Handle& handle) { return handle.armed ? 0 : arm(handle); }
  // One try each, in attempts_posix.cc. They set may_read and may_write to what the call taught.
  int64_t attempt_read(Request& request, Handle& handle, uint32_t offset) override;
  int64_t attempt_write(Request& request, Handle& handle, Outcome* outcome) override;
  int64_t attempt_receive(Request& request, Handle& handle, uint32_t offset,
                          Outcome* outcome) override;
  // The next connection of a listener: its descriptor, or −1 and errno, as accept(2).
  virtual int take_connection(Handle& handle, SystemAddress* from);
  // Whether the backend has something for the readers already, bytes or the end; at detach, the
  // bytes.
  virtual bool ahead(const Handle&) const { return false; }
  virtual std::vector<uint8_t> take_ahead(Handle&) { return {}; }
  // A handle is closing. Whether the kernel still works for it: then its close waits in the queue
  // of waits, and the backend finishes it when the kernel has let go.
  virtual bool withdraw(Handle&) { return false; }

  // Shows JavaScript what may be posted for a handle.
  void show_gate(Handle& handle);
  // The result of a call that failed on a stream; remembers what ends a connection.
  static int64_t failed(Handle& handle, int called);
  static bool ends_stream(int error);
  void serve(Handle& handle) override;
  // What an attempt answers when there is nothing now.
  int64_t blocked(Handle& handle, bool reading) {
    core.count(kWouldBlocks);
    handle.would_blocks++;
    if (reading) {
      handle.may_read = false;
      handle.available = 0;
    } else {
      handle.may_write = false;
    }
    return kPending;
  }
  // Sends the small writes of a turn, each to its own handle, without waiting: `sent` says what
  // became of each. A backend that can hand them over in one call overrides it.
  virtual void send_gathered(Gathered* writes, size_t count);

  // For `wait`: the kernel's word on a token (slot and generation) or a stale one. `available`: the
  // bytes there are to read, where the kernel counts them: a short read of fewer says nothing.
  // `error`: the socket's, as a Code, where the kernel tells it with the news.
  void on_ready(uint64_t token, uint32_t ready, uint32_t available = 0, int error = 0);
  // For `arm`, where the kernel had no watch to give, since the other side has gone already: the
  // call itself is asked again.
  void ask_again(Handle& handle);

 private:
  bool worth_a_try(const Request& request, const Handle& handle) override;
  bool may_try(const Request& request, const Handle& handle) const override;
  bool may_serve(const Handle& handle) const override {
    return handle.may_read || handle.may_write;
  }
  int about_to_wait(Request& request, Handle& handle) override;
  int goes_on_waiting(Request& request, Handle& handle) override;
  int64_t begin_close(Request& request, Handle& handle, Outcome* outcome) override;
  int64_t let_go(Request& request, Outcome* outcome) override;
  void hand_over(const Request& request, Handle& handle, Outcome* outcome);

  void gather(Handle& handle, const uint8_t* bytes, uint32_t size);
  void park_posted(const double* post, Handle* handle);
  void settle_gathered(const Gathered& write);
  void remember(Handle& handle, int error);
  void pay(Handle& handle);
  std::string forgive(Handle& handle);

  void serve_queues(Handle& handle);

  int64_t attempt_send_to(Request& request, Handle& handle) override;
  int64_t accept_one(Handle& handle, SystemAddress* from, Handle** out) override;
  int64_t attempt_connect(Request& request, Handle& handle) override;
  int64_t attempt_receive_many(Request& request, Handle& handle, Outcome* outcome) override;
  int64_t attempt_send_many(Request& request, Handle& handle, Outcome* outcome) override;
  int64_t attempt_event(Handle& handle) override;
  int64_t attempt_signal(Handle& handle, uint32_t offset) override;
  int64_t attempt_wait(Request& request, Handle& handle) override;
  void merge(Handle& handle);
  void part(Handle& handle);
  int64_t fill(Handle& handle, Loan& loan, uint32_t room, int slots);
  int64_t lend_merged(Handle& handle, Loan& loan);
  int64_t receive_merged(Request& request, Handle& handle, const Span& span, uint32_t offset,
                         Outcome* outcome);
  int64_t hold_merged(Handle& handle);
  void forget_merged(Handle& handle);
  bool may_segment(Handle& handle);
  bool lacks_space(Handle& handle, int error);
  bool special_waits(const Handle& handle);
  bool peer_allowed(const Handle& listener, int fd);

  // Datagrams of one sender that came merged, from the first that is not read yet.
  struct Merged {
    std::vector<uint8_t> bytes;
    size_t start = 0;
    uint32_t segment = 0;  // 0: all is one datagram
    bool cut = false;
    SystemAddress from;
    uint32_t next_bytes() const {
      const size_t rest = bytes.size() - start;
      return static_cast<uint32_t>(segment > 0 && segment < rest ? segment : rest);
    }
  };

  std::vector<Gathered> gathered_;  // of the posts being taken
  std::unordered_map<uint32_t, Owed> owed_;  // by slot
  std::unordered_map<uint32_t, Merged> left_over_;  // by slot, see Handle::left_over
};

}  // namespace pike
