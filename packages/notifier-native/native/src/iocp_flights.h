// Operations that the kernel holds: each has an OVERLAPPED, and mostly memory of ours that the
// kernel reads or fills.
//
// A flight's memory is given back only when its packet has come; what is still aloft when a
// notifier is destroyed is leaked on purpose, since the kernel may yet write to it. The kernel
// hands back the address of the OVERLAPPED, which is looked up and not trusted: a slot that is not
// aloft, or whose handle's generation has passed, is a stale packet.
#pragma once
#include <memory>
#include <vector>

#include "layout.h"
#include "system.h"

namespace pike {

// What a flight is about.
enum class FlightKind : uint8_t {
  kNone,
  kProbe,     // a receive of no bytes: tells that there are some
  kReceive,
  kDatagram,
  kSend,
  kSendTo,
  kAccept,
  kConnect
};

// Memory for the largest piece of a stream, or a datagram of the largest size with its address.
struct Room {
  sockaddr_storage address;
  uint8_t bytes[kChunkBytesMax];
};

// One operation.
struct Flight {
  OVERLAPPED overlapped{};  // the first member: a packet carries its address
  uint64_t token = 0;       // of the handle
  std::unique_ptr<Room> room;
  std::unique_ptr<uint8_t[]> addresses;  // of an accept
  SOCKET accepted = INVALID_SOCKET;
  uint32_t index = 0;
  uint32_t next_free = kNone;
  uint32_t request = kNone;  // whose result it is; kNone: nobody waits for it any more
  uint32_t size = 0;         // bytes of a send
  DWORD flags = 0;
  int address_size = 0;
  FlightKind kind = FlightKind::kNone;
  bool aloft = false;
  bool told = false;  // its result was used at once; the packet only ends it
};

// The pool.
class Flights {
 public:
  Flights() = default;
  // Leaks what is aloft.
  ~Flights();
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  // A flight on the ground, with its OVERLAPPED cleared.
  Flight& open(FlightKind kind, uint64_t token);
  // It is over: its memory is for others.
  void close(Flight& flight);
  // By its number.
  Flight& at(uint32_t index) { return blocks_[index >> 6][index & 63]; }
  // By what a packet carries; null when it is none of ours that is aloft.
  Flight* find(OVERLAPPED* overlapped);

  std::unique_ptr<Room> take_room();
  void give_room(std::unique_ptr<Room> room);

  uint32_t aloft = 0;

 private:
  std::vector<std::unique_ptr<Flight[]>> blocks_;
  std::vector<std::unique_ptr<Room>> rooms_;
  uint32_t free_ = kNone;
};

}  // namespace pike
