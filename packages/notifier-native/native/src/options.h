// Socket options by their place in the contract's table (packages/notifier/src/option.ts).
#pragma once
#include "address.h"
#include "handles.h"

namespace pike {

// The order of the contract's table.
enum Option : uint32_t {
  kDebug,
  kListening,
  kReuseAddress,
  kReusePort,
  kKeepAlive,
  kDontRoute,
  kBroadcast,
  kLinger,
  kOobInline,
  kSendBuffer,
  kReceiveBuffer,
  kSendLowWater,
  kReceiveLowWater,
  kSendTimeout,
  kReceiveTimeout,
  kError,
  kType,
  kNoDelay,
  kKeepIdle,
  kKeepInterval,
  kKeepCount,
  kMaxSegment,
  kIpv6Only,
  kTtl,
  kTos,
  kHopLimit,
  kTrafficClass,
  kMulticastTtl,
  kMulticastLoop,
  kMulticastInterface,
  kJoinGroup,
  kLeaveGroup,
  kOptionCount,
};

// A value as a number: booleans 0 and 1, linger −1 for off, milliseconds, an error as its Code, a
// type 0 stream, 1 datagram, 2 seqpacket, 3 raw. 0 or a Code.
int get_option(Handle& handle, uint32_t option, double* value);
int set_option(Handle& handle, uint32_t option, double value);

// Joins or leaves a multicast group; `source` may be null. See ip(7), ipv6(7), RFC 3678. 0 or a
// Code.
int set_membership(const Handle& handle, bool join, const SystemAddress& group, uint32_t interface,
                   const SystemAddress* source);

// By the system's numbers. `size` in: room, out: bytes. 0 or a Code; kUnsupported for options whose
// value carries pointers (`name` then says which).
int get_raw_option(const Handle& handle, int level, int name, uint8_t* value, uint32_t* size);
int set_raw_option(Handle& handle, int level, int name, const uint8_t* value, uint32_t size,
                   const char** refused);

}  // namespace pike
