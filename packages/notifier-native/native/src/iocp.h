// I/O completion ports: the backend on Windows, a proactor.
//
// Reads of a stream wait by a receive of no bytes, so an idle connection holds no buffer and no
// byte leaves the kernel before somebody wants it; the receive that follows has its bytes at once,
// in memory of ours, and they are copied to wherever the reader's memory then is. Datagrams are
// received whole into memory of ours. Writes are copied into memory of ours and sent piece by
// piece, one piece of a handle at a time; giving a write up leaves the piece that is aloft on its
// way, and counts it as moved. Accepts run ahead, several at a time.
//
// Nothing is closed while the kernel holds memory for it: a close cancels, and completes with the
// last packet. docs/decisions/0010-completion-ports.md has the reasons.
#pragma once
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "iocp_channels.h"
#include "iocp_flights.h"
#include "operations.h"
#include "scheduler.h"

namespace pike {

class Iocp final : public Scheduler {
 public:
  using Scheduler::Scheduler;
  ~Iocp() override;

  int open() override;
  int adopt(Handle& handle) override;
  void release(Handle& handle) override;
  void quiesce() override;
  int shutdown(Handle& handle, int how) override;
  bool has_work() const override { return Scheduler::has_work() || has_staged_; }
  void wake() override;
  void await_work() override;
  Descriptor descriptor() const override { return kNoDescriptor; }

 private:
  // --- Requests (iocp_endings.cc)
  bool worth_a_try(const Request& request, const Handle& handle) override {
    return !reads(request) || !connecting(handle);
  }
  void serve(Handle& handle) override;
  bool in_kernel(Request& request, Handle& handle, int code) override;
  int64_t begin_close(Request& request, Handle& handle, Outcome* outcome) override;
  int64_t let_go(Request& request, Outcome* outcome) override;

  // --- The port (iocp_port.cc)
  int arm(Handle& handle);
  void wait(int timeout_ms) override;
  void collect() override;
  bool take_staged();
  void lower_deadline(uint64_t deadline_ms) override;
  void set_deadline(uint64_t deadline_ms) override { deadline_ms_ = deadline_ms; }
  int wait_ms(int timeout_ms) const;
  void take_packet(const OVERLAPPED_ENTRY& packet);
  void land(Flight& flight, Handle& handle, Channel& channel);

  // Notes how a flight's call began, `error` being what the call said, or 0: done at once (0, with
  // its bytes, and `over` when they were used), kPending, or a negated Code, and the flight is
  // gone.
  int64_t begun(Flight& flight, Channel& channel, int error, uint32_t* size);
  void over(Flight& flight);
  void cancel_flights(const Handle& handle);

  // --- Readiness, events and signals (iocp_readiness.cc)
  int64_t attempt_wait(Request& request, Handle& handle) override;
  int64_t attempt_event(Handle& handle) override;
  int64_t attempt_signal(Handle& handle, uint32_t offset) override;
  bool is_readable(Handle& handle);
  bool is_writable(Handle& handle);

  // --- Streams (iocp_streams.cc)
  int64_t attempt_read(Request& request, Handle& handle, uint32_t offset) override;
  int64_t attempt_write(Request& request, Handle& handle, Outcome* outcome) override;
  int64_t probe(Handle& handle, Channel& channel);
  int64_t receive(Handle& handle, Channel& channel, const Span& span);
  void receive_ahead(Handle& handle, Channel& channel);
  int64_t take_ahead(Handle& handle, Channel& channel, const Span& span);
  int64_t send_piece(Request& request, Handle& handle, Channel& channel, const Span& span,
                     const SystemAddress* to);
  int64_t failed(Handle& handle, int error);
  bool memory_of(const Request& request, uint32_t offset, Span* out);
  void land_probe(Handle& handle, Channel& channel, int error);
  void land_receive(Flight& flight, Handle& handle, Channel& channel, int error);
  void land_send(Flight& flight, Handle& handle, Channel& channel, int error);
  void send_rest(Flight& flight, Handle& handle, Channel& channel, uint32_t sent);

  // --- Datagrams (iocp_datagrams.cc, iocp_batches.cc)
  int64_t attempt_receive(Request& request, Handle& handle, uint32_t offset,
                          Outcome* outcome) override;
  int64_t attempt_send_to(Request& request, Handle& handle) override;
  int64_t attempt_receive_many(Request& request, Handle& handle, Outcome* outcome) override;
  int64_t attempt_send_many(Request& request, Handle& handle, Outcome* outcome) override;
  void start_datagram(Handle& handle, Channel& channel);
  void land_datagram(Flight& flight, Handle& handle, Channel& channel, int error);

  // --- Connections (iocp_connections.cc)
  int64_t accept_one(Handle& handle, SystemAddress* from, Handle** out) override;
  int64_t attempt_connect(Request& request, Handle& handle) override;
  void start_accepts(Handle& handle, Channel& channel);
  int start_accept(Handle& handle, Channel& channel);
  void land_accept(Flight& flight, Handle& handle, Channel& channel, int error);
  void land_connect(Flight& flight, Handle& handle, Channel& channel, int error);
  void drop_ahead(Channel& channel);

  int64_t blocked(Handle& handle) {
    core.count(kWouldBlocks);
    handle.would_blocks++;
    return kPending;
  }
  // Whether a receive of no bytes waits for some: not on a device, nor on a pipe of messages, where
  // it takes one.
  static bool can_probe(const Handle& handle) {
    return handle.kind == Kind::kStream || (handle.kind == Kind::kPipe && !handle.drain);
  }
  static HANDLE system_handle(const Handle& handle) { return reinterpret_cast<HANDLE>(handle.fd); }
  static SOCKET system_socket(const Handle& handle) { return static_cast<SOCKET>(handle.fd); }

  HANDLE port_ = nullptr;
  Channels channels_;
  Flights flights_;
  bool discarding_ = false;  // the notifier ends: packets only end their flights

  // What the waiter thread took from the port for the next turn.
  std::mutex mutex_;
  std::vector<OVERLAPPED_ENTRY> staged_;
  std::atomic<bool> has_staged_{false};
  std::atomic<bool> woken_{false};
  std::atomic<bool> awaiting_{false};      // the waiter thread waits, or is about to
  std::atomic<uint64_t> deadline_ms_{0};   // the earliest; 0: none
};

}  // namespace pike
