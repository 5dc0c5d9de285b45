// What differs between systems in addresses: whether a sockaddr holds its length, whether abstract
// Unix names exist, and how a socket without a name looks. See unix(7), unix(4).
#pragma once
#include "address.h"

namespace pike {

// Whether there are Unix names that are no paths.
extern const bool kHasAbstractNames;

// Writes an address's length into it, where it has a place for that (sa_len).
void set_length(SystemAddress* address);

// Unix names from the wire; false for a name that is too long, or of a kind that the system lacks.
bool read_unix_name(const uint8_t* wire, SystemAddress* out);
// To the wire.
void write_unix_name(const SystemAddress& address, uint8_t* wire);

}  // namespace pike
