// What completion ports keep per handle beside the handle table: which flights are aloft, and what
// has come before anybody asked for it. By slot, allocated as handles are first used.
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "address.h"
#include "handles.h"
#include "iocp_flights.h"
#include "winsock_windows.h"

namespace pike {

// Bytes, a datagram, or connections that nobody has taken yet.
struct Ahead {
  std::unique_ptr<Room> room;
  uint32_t from = 0;
  uint32_t to = 0;
  SystemAddress address;  // a datagram's sender
  struct Connection {
    SOCKET socket;
    SystemAddress from;
  };
  std::deque<Connection> connections;
  bool has_bytes() const { return room != nullptr; }
};

// One handle's.
struct Channel {
  uint32_t generation = 0;
  uint32_t aloft = 0;          // flights, those whose result is known included
  uint32_t receiving = kNone;  // the flight that waits for bytes
  uint32_t sending = kNone;    // the one that carries some, or connects
  uint32_t accepting = 0;      // accepts aloft
  uint32_t ending = kNone;     // the close or detach that waits for the last flight
  int16_t receive_code = 0;    // an error to be told to the next reader, once
  int16_t send_code = 0;       // what the last flight of a write or connect said
  bool skips = false;          // success at once posts no packet
  bool readable = false;       // a probe came back: a receive has something to tell
  bool read_shut = false;      // reading was ended by this side
  bool shut_later = false;     // writing ends when what is aloft has landed
  const Provider* provider = nullptr;
  std::unique_ptr<Ahead> ahead;
  bool has_bytes() const { return ahead != nullptr && ahead->has_bytes(); }
  bool has_connections() const { return ahead != nullptr && !ahead->connections.empty(); }
  Ahead& held() {
    if (ahead == nullptr) ahead = std::make_unique<Ahead>();
    return *ahead;
  }
};

// All of a notifier's.
class Channels {
 public:
  // A handle's own, fresh when its slot has a new owner.
  Channel& of(const Handle& handle) {
    const size_t block = handle.slot >> 8;
    if (block >= blocks_.size()) blocks_.resize(block + 1);
    if (blocks_[block] == nullptr) blocks_[block] = std::make_unique<Channel[]>(256);
    Channel& channel = blocks_[block][handle.slot & 255];
    if (channel.generation != handle.generation) {
      channel = Channel();
      channel.generation = handle.generation;
    }
    return channel;
  }

 private:
  std::vector<std::unique_ptr<Channel[]>> blocks_;
};

}  // namespace pike
