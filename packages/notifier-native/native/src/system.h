// The system's types that files for every system need: a descriptor, memory in several pieces,
// addresses. The one place that includes different headers for them.
#pragma once
#include <cstdint>

// POSIX and Windows have the same things under other names and in other headers.
#if defined(_WIN32)
#include <winsock2.h>
#include <ws2tcpip.h>
// After winsock2.h.
#include <afunix.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#endif

namespace pike {

#if defined(_WIN32)
// A SOCKET or a HANDLE: as wide as a pointer, though only 32 bits of it are ever used, so that it
// survives as a number in JavaScript.
using Descriptor = intptr_t;

struct iovec {
  void* iov_base;
  size_t iov_len;
};
#else
using Descriptor = int;
using ::iovec;
#endif

// What no descriptor is; INVALID_SOCKET and INVALID_HANDLE_VALUE have this value too.
constexpr Descriptor kNoDescriptor = -1;

}  // namespace pike
