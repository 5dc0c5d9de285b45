// io_uring(7), a backend on Linux: a proactor for what is received on streams, and for the rest a source of
// readiness under the shared reactor.
#pragma once
#include <atomic>
#include <vector>

#include "reactor.h"
#include "uring_pool.h"
#include "uring_ring.h"

namespace pike {

class Uring final : public Reactor {
 public:
  using Reactor::Reactor;
  ~Uring() override;
  int open() override;
  void wake() override;
  void flush() override;
  void release(Handle& handle) override;
  int descriptor() const override { return notify_; }
  bool has_work() const override { return Reactor::has_work() || ring_.ready(); }

 protected:
  int arm(Handle& handle) override;
  void disarm(Handle& handle) override;
  void wait(int timeout_ms) override;
  void lower_deadline(uint64_t deadline_ms) override;
  int expect(const Request& request, Handle& handle) override;
  int64_t attempt_read(Request& request, Handle& handle, uint32_t offset) override;
  uint64_t held(const Handle& handle) const override;
  uint32_t take_held(Handle& handle, uint8_t* to, uint32_t room) override;

 private:
  // What the kernel has received on a stream ahead of its readers.
  struct Inlet {
    uint16_t first = uring::kNoBuffer;
    uint16_t last = uring::kNoBuffer;
    uint16_t offset = 0;     // bytes of the first buffer that are read already
    uint16_t buffers = 0;
    uint32_t bytes = 0;
    int16_t end = 1;         // 0: the stream ended; below: a negated Code; 1: neither
    bool receiving = false;  // a multishot receive is armed
    bool stopping = false;   // it is being cancelled
  };

  static bool streams(const Handle& handle) { return handle.kind == Kind::kStream && handle.socket; }
  Inlet& inlet(const Handle& handle);
  int receive(Handle& handle);
  void stop_receiving(Handle& handle, Inlet& inlet);
  void received(const uring::Completion& completion);
  uint32_t copy_out(Inlet& inlet, uint8_t* to, uint32_t room);
  void drop(Inlet& inlet);
  void cancel_by(uint64_t user_data);
  void take(const uring::Completion& completion);
  void polled(const uring::Completion& completion);
  int watch(int fd, uint32_t events, uint64_t token);

  uring::Ring ring_;
  uring::Pool pool_;
  std::vector<Inlet> inlets_;     // by slot
  std::vector<uint64_t> hungry_;  // tokens of streams whose receive ended for want of buffers
  int notify_ = -1;  // registered with the ring: readable when completions or deferred work are there
  int wake_ = -1;    // written by `wake`, polled by the ring
  uint64_t armed_ms_ = 0;
  uring::Timespec armed_{};
  bool collecting_ = false;  // completions are only taken in: nobody is served yet
  std::atomic<bool> woken_{false};
};

}  // namespace pike
