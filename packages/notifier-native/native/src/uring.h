// io_uring(7), a backend on Linux: a proactor for what is received on streams, on top of epoll for
// the rest.
#pragma once
#include <vector>

#include "epoll.h"
#include "uring_pool.h"
#include "uring_ring.h"

namespace pike {

class Uring final : public Epoll {
 public:
  using Epoll::Epoll;
  ~Uring() override;
  int open() override;
  void flush() override;
  void release(Handle& handle) override;
  bool has_work() const override { return Epoll::has_work() || ring_.ready(); }

 protected:
  void wait(int timeout_ms) override;
  uint32_t events_for(const Handle& handle) const override;
  void on_own() override { notified_ = true; }
  int expect(const Request& request, Handle& handle) override;
  int64_t attempt_read(Request& request, Handle& handle, uint32_t offset) override;
  uint64_t held(const Handle& handle) const override;
  uint32_t take_held(Handle& handle, uint8_t* to, uint32_t room) override;

 private:
  // What the kernel has received on a stream ahead of its readers.
  struct Inlet {
    uint16_t first = uring::kNoBuffer;
    uint16_t last = uring::kNoBuffer;
    uint16_t offset = 0;  // bytes of the first buffer that are read already
    uint16_t buffers = 0;
    uint32_t bytes = 0;
    int16_t end = 1;         // 0: the stream ended; below: a negated Code; 1: neither
    bool receiving = false;  // a multishot receive is armed
    bool stopping = false;   // it is being cancelled
  };

  static bool streams(const Handle& handle) {
    return handle.kind == Kind::kStream && handle.socket;
  }
  Inlet& inlet(const Handle& handle);
  int receive(Handle& handle);
  void stop_receiving(Handle& handle, Inlet& inlet);
  void received(const uring::Completion& completion);
  uint32_t copy_out(Inlet& inlet, uint8_t* to, uint32_t room);
  void drop(Inlet& inlet);
  void cancel(const Handle& handle);
  void enter();

  uring::Ring ring_;
  uring::Pool pool_;
  std::vector<Inlet> inlets_;     // by slot
  std::vector<uint64_t> hungry_;  // tokens of streams whose receive ended for want of buffers
  int notify_ =
      -1;  // registered with the ring: readable when completions or deferred work are there
  bool notified_ = false;
  bool collecting_ = false;  // completions are only taken in: nobody is served yet
};

}  // namespace pike
