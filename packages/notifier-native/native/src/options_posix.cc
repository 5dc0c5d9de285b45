// Socket options by the system's table; see options.h, options_table.h, setsockopt(2).
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "calls.h"
#include "errors.h"
#include "options_table.h"

namespace pike {

namespace {

bool is_ipv6(const Handle& handle) { return domain_of(handle.fd) == AF_INET6; }

int type_number(int type) {
  switch (type) {
    case SOCK_STREAM:
      return 0;
    case SOCK_DGRAM:
      return 1;
    case SOCK_SEQPACKET:
      return 2;
    default:
      return 3;
  }
}

int result_of(int called) { return called == 0 ? 0 : code_of(errno); }

}  // namespace

int get_option(Handle& handle, uint32_t option, double* value) {
  if (option >= kOptionCount) return kUnsupported;
  OptionRow what = kOptionRows[option];
  if (what.ipv6_level >= 0 && is_ipv6(handle)) {
    what = {what.ipv6_level, what.ipv6_name, Layout::kInt, -1, -1};
  }
  if (what.layout == Layout::kLinger) {
    linger found{};
    socklen_t size = sizeof found;
    if (getsockopt(handle.fd, what.level, what.name, &found, &size) != 0) return code_of(errno);
    *value = found.l_onoff != 0 ? found.l_linger : -1;
    return 0;
  }
  if (what.layout == Layout::kTime) {
    timeval found{};
    socklen_t size = sizeof found;
    if (getsockopt(handle.fd, what.level, what.name, &found, &size) != 0) return code_of(errno);
    *value = static_cast<double>(found.tv_sec) * 1000 + static_cast<double>(found.tv_usec) / 1000;
    return 0;
  }
  if (what.layout == Layout::kMulticastInterface) {
    // Systems tell an address at most, not the number: what was set here is remembered.
    in_addr found{};
    socklen_t size = sizeof found;
    if (getsockopt(handle.fd, what.level, what.name, &found, &size) != 0) return code_of(errno);
    *value = handle.multicast_interface;
    return 0;
  }
  if (what.layout == Layout::kMembership) return kUnsupported;
  int found = 0;
  socklen_t size = sizeof found;
  if (getsockopt(handle.fd, what.level, what.name, &found, &size) != 0) return code_of(errno);
  if (size == 1) found &= 0xff;
  if (what.layout == Layout::kError && found != 0) {
    found = code_of(found);
    // The system tells an error once: whoever reads the stream still has to hear of it.
    handle.broken = static_cast<int16_t>(found);
  }
  if (what.layout == Layout::kType) found = type_number(found);
  *value = found;
  return 0;
}

int set_option(Handle& handle, uint32_t option, double value) {
  if (option >= kOptionCount) return kUnsupported;
  if (!(value >= INT_MIN && value <= INT_MAX)) return kInvalid;
  OptionRow what = kOptionRows[option];
  if (what.ipv6_level >= 0 && is_ipv6(handle)) {
    what = {what.ipv6_level, what.ipv6_name, Layout::kInt, -1, -1};
  }
  switch (what.layout) {
    case Layout::kInt: {
      const int number = static_cast<int>(value);
      if (option == kOobInline && number != 0) handle.drain = true;
      return result_of(setsockopt(handle.fd, what.level, what.name, &number, sizeof number));
    }
    case Layout::kLinger: {
      const linger set = {value >= 0 ? 1 : 0, value >= 0 ? static_cast<int>(value) : 0};
      handle.lingers = true;
      return result_of(setsockopt(handle.fd, what.level, what.name, &set, sizeof set));
    }
    case Layout::kTime: {
      const int64_t ms = static_cast<int64_t>(value);
      timeval set{};
      set.tv_sec = ms / 1000;
      set.tv_usec = (ms % 1000) * 1000;
      return result_of(setsockopt(handle.fd, what.level, what.name, &set, sizeof set));
    }
    case Layout::kMulticastInterface: {
      ip_mreqn set{};
      set.imr_ifindex = static_cast<int>(value);
      const int code = result_of(setsockopt(handle.fd, what.level, what.name, &set, sizeof set));
      if (code == 0) handle.multicast_interface = set.imr_ifindex;
      return code;
    }
    default:
      return kUnsupported;
  }
}

int set_membership(const Handle& handle, bool join, const SystemAddress& group, uint32_t interface,
                   const SystemAddress* source) {
  const int level = group.storage.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  if (source == nullptr) {
    group_req request{};
    request.gr_interface = interface;
    memcpy(&request.gr_group, &group.storage, group.length);
    const int name = join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
    return result_of(setsockopt(handle.fd, level, name, &request, sizeof request));
  }
  group_source_req request{};
  request.gsr_interface = interface;
  memcpy(&request.gsr_group, &group.storage, group.length);
  memcpy(&request.gsr_source, &source->storage, source->length);
  const int name = join ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP;
  return result_of(setsockopt(handle.fd, level, name, &request, sizeof request));
}

int get_raw_option(const Handle& handle, int level, int name, uint8_t* value, uint32_t* size) {
  if (pointer_option(level, name) != nullptr) return kUnsupported;
  socklen_t length = *size;
  if (getsockopt(handle.fd, level, name, value, &length) != 0) return code_of(errno);
  *size = length < *size ? length : *size;
  return 0;
}

int set_raw_option(Handle& handle, int level, int name, const uint8_t* value, uint32_t size,
                   const char** refused) {
  *refused = pointer_option(level, name);
  if (*refused != nullptr) return kUnsupported;
  if (level == SOL_SOCKET && (name == SO_LINGER || name == kOptionRows[kLinger].name)) {
    handle.lingers = true;
  }
  handle.drain = true;  // whatever it was, a short read may no longer mean "empty"
  return result_of(setsockopt(handle.fd, level, name, value, size));
}

}  // namespace pike
