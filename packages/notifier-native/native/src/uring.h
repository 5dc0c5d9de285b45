// io_uring(7), a backend on Linux: a proactor for streams and listeners, on top of epoll for the
// rest.
//
// A handle may have operations in the kernel that outlive a request: a receive that waits for bytes
// whoever reads them, accepts that run ahead of the consumer. Their user data is the handle's token
// with the kind of operation in the bits that a slot leaves free. A close waits until the last of
// them has ended.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "epoll.h"
#include "uring_blocks.h"
#include "uring_pool.h"
#include "uring_ring.h"

namespace pike {

class Uring final : public Epoll {
 public:
  // `without`: features to do without; see uring_features.h. `wanted`: it was named, and is to be
  // had on kernels, too, where it has nothing over epoll.
  Uring(Core& core, BufferSource& buffers, std::string without, bool wanted)
      : Epoll(core, buffers), without_(std::move(without)), wanted_(wanted) {}
  ~Uring() override;
  int open() override;
  std::string refusal() const override { return refusal_; }
  std::string features() const override { return uring::feature_names(features_); }
  bool flush() override;
  bool gathered() const override { return ring_.has_submissions() || !unsent_.empty(); }
  bool has_work() const override { return Epoll::has_work() || ring_.has_work(); }
  int adopt(Handle& handle) override;
  int shutdown(Handle& handle, int how) override;
  void release(Handle& handle) override;
  void quiesce() override;

 protected:
  void wait(int timeout_ms) override;
  void collect() override;
  uint32_t events_for(const Handle& handle) const override;
  int expect(Request& request, Handle& handle) override;
  bool in_kernel(Request& request, Handle& handle, int code) override;
  bool withdraw(Handle& handle) override;
  int64_t attempt_write(Request& request, Handle& handle, Outcome* outcome) override;
  void send_gathered(Gathered* writes, size_t count) override;
  int64_t attempt_read(Request& request, Handle& handle, uint32_t offset) override;
  int64_t attempt_receive(Request& request, Handle& handle, uint32_t offset,
                          Outcome* outcome) override;
  int take_connection(Handle& handle, SystemAddress* from) override;
  bool ahead(const Handle& handle) const override;
  std::vector<uint8_t> take_ahead(Handle& handle) override;

 private:
  // The low half of a gathered send's, whose number among the turn's is the high half.
  static constexpr uint32_t kGathered = 0xfffffffe;
  // Fewer than that are not worth an entry.
  static constexpr size_t kGatheredMin = 4;
  static constexpr int64_t kUnsent = INT64_MIN;
  // The kinds of operations, in the user data beside slot and generation.
  enum Work : uint32_t { kReceiving, kAccepting, kSending, kLending };
  static constexpr uint32_t kWorkBits = 3;  // an accept's number stands above the kind
  static constexpr uint32_t kWorkMask = (1u << kWorkBits) - 1;

  // What the kernel does, and has received, for one handle. By slot.
  struct Inlet {
    uint16_t first = uring::kNoBuffer;  // buffers with bytes, in order
    uint16_t last = uring::kNoBuffer;
    uint16_t offset = 0;  // bytes of the first one that are read already
    uint16_t buffers = 0;
    uint32_t bytes = 0;
    int16_t end = 1;                   // 0: the stream ended; below: a negated errno; 1: neither
    uint8_t operations = 0;            // in the kernel, whose last completion has not come
    bool receiving : 1;                // a receive is among them
    bool stopping : 1;                 // it is being cancelled
    bool direct : 1;                   // read by readiness, straight into the readers' memory
    bool watched : 1;                  // epoll tells of reading, too
    bool touched : 1;                  // on the list of this turn
    bool lent : 1;                     // the kernel reads the first write's memory
    bool handed : 1;                   // and has said how much of it goes out
    uint32_t recent = 0;               // bytes read directly since there was nothing to read
    uint16_t block = uring::kNoBlock;  // bytes on their way out

    Inlet()
        : receiving(false),
          stopping(false),
          direct(false),
          watched(false),
          touched(false),
          lent(false),
          handed(false) {}
  };

  static bool streams(const Handle& handle) {
    return handle.kind == Kind::kStream && handle.socket;
  }
  bool can_pool(const Handle& handle) const { return handle.connected && has(uring::kBufferRings); }
  bool has(uring::Feature feature) const { return (features_ & feature) != 0; }
  int refuse(const char* what, int error);
  void probe_receive_limit();
  Inlet& inlet(const Handle& handle);
  const Inlet* find_inlet(const Handle& handle) const;

  void enter(uint32_t wanted = 0);
  void take();
  bool drain();
  void hold_back();
  uring::Submission& submit_work(uring::Opcode opcode, const Handle& handle, uint32_t work);
  void cancel_work(const Handle& handle, uint32_t work);
  void complete(const uring::Completion& completion);
  void forget(uint32_t work, const uring::Completion& completion);
  void work_ended(Handle& handle, Inlet& inlet);
  void touch(const Handle& handle, Inlet& inlet);

  int listen_for(Handle& handle);
  void receive(Handle& handle, Inlet& inlet);
  void stop_receiving(Handle& handle, Inlet& inlet);
  void received(Handle& handle, const uring::Completion& completion);
  void keep(Inlet& inlet, uint16_t id, uint32_t size);
  void want_more(Handle& handle);
  int watch_reading(Handle& handle, Inlet& inlet, bool watched);
  int64_t read_directly(Request& request, Handle& handle, Inlet& inlet, uint32_t offset);
  uint32_t copy_out(Inlet& inlet, uint8_t* to, uint32_t room);

  // What runs ahead of a listener's consumer.
  static constexpr uint32_t kAheadMax = 64;
  struct Door {
    // One accept in the kernel, which writes the peer's address here.
    struct Ask {
      SystemAddress from;
      bool asked = false;
    };
    struct Arrived {
      int fd;
      SystemAddress from;
    };
    Ask asks[kAheadMax];
    std::deque<Arrived> arrived;
    uint32_t asked = 0;
    uint32_t window = 1;  // accepts beside those that are waited for
    int error = 0;        // of an accept, for the next to be told
  };
  bool asks(const Handle& handle) const {
    return handle.kind == Kind::kListener && has(uring::kRingAccept);
  }
  void ask(Handle& handle);
  void stop_asking(Handle& handle);
  void accepted(Handle& handle, uint32_t number, int result);
  void close_door(Handle& handle);

  // What a way of sending answers when a write is not for it.
  static constexpr int64_t kNotMine = kYield - 1;
  static constexpr uint32_t kLentBytesMax = 1u << 30;  // in one go
  int64_t begin_block(Request& request, Handle& handle);
  int64_t add_to_block(Request& request, Inlet& inlet);
  int expect_write(Request& request, Handle& handle);
  void submit_blocks();
  void submit_block(Handle& handle);
  void sent(Handle& handle, int result);
  void share_out(Handle& handle, uring::Block& block, uint32_t count);
  void strip(Handle& handle, Inlet& inlet);
  void go_on(Handle& handle);
  int64_t lend(Request& request, Handle& handle);
  void lent(Handle& handle, const uring::Completion& completion);
  void let_go_of(Handle& handle, Inlet& inlet, Request& request);
  void stop_sending(Handle& handle);
  void drop(Inlet& inlet);

  const std::string without_;
  const bool wanted_;
  std::string refusal_;
  uint32_t features_ = 0;
  uring::Ring ring_;
  uring::Pool pool_;
  std::vector<Inlet> inlets_;                                  // by slot
  std::unordered_map<uint32_t, std::unique_ptr<Door>> doors_;  // by slot
  uring::Blocks blocks_;
  std::vector<uint16_t> unsent_;         // blocks that were filled in this turn
  std::vector<uint64_t> touched_;        // tokens of handles that something was received for
  uint32_t operations_ = 0;              // in the kernel, of all handles
  Gathered* gathered_writes_ = nullptr;  // those being sent
  int notify_ = -1;  // the kernel writes it when there are completions, or work for them
};

}  // namespace pike
