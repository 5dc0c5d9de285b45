// Addresses between the wire (what the TypeScript face reads and writes in the slab) and the
// system's sockaddr.
//
// The wire, 120 bytes, little-endian: [0] family: 0 none, 4, 6, 1 Unix path, 2 abstract name; [1]
// length of a name; [2] port, two bytes; [4] flow label; [8] scope; [12] the address's 4 or 16
// bytes, or the name.
#pragma once
#include <cstdint>

#include "system.h"

namespace pike {

// Any address with its length: 128 bytes hold every family (sockaddr_storage).
struct SystemAddress {
  sockaddr_storage storage;
  socklen_t length = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Where the address's bytes or its name begin on the wire.
constexpr uint32_t kWirePayload = 12;

// The wire's families.
enum WireFamily : uint8_t {
  kWireNone = 0,
  kWirePath = 1,
  kWireAbstract = 2,
  kWireIpv4 = 4,
  kWireIpv6 = 6
};

// From the wire; false when it holds none.
bool read_address(const uint8_t* wire, SystemAddress* out);
// Why it was false, as a Code: a kind of name that the system lacks, a path that is too long for
// it, or nonsense.
int address_refusal(const uint8_t* wire);
// To the wire.
void write_address(const SystemAddress& address, uint8_t* wire);

}  // namespace pike
