// Socket options of POSIX systems: the table that each system fills in (options_linux.cc,
// options_bsd.cc), for the calls that they share (options_posix.cc).
#pragma once
#include "options.h"

namespace pike {

// How a value is laid out.
enum class Layout : uint8_t {
  kInt,
  kLinger,
  kTime,
  kError,
  kType,
  kMembership,
  kMulticastInterface
};

struct OptionRow {
  int level;
  int name;
  Layout layout = Layout::kInt;
  int ipv6_level = -1;  // −1: the same for both families
  int ipv6_name = -1;
};

// One row per option of the contract, in its order.
extern const OptionRow kOptionRows[];

// The name of an option whose value carries pointers, else null. They cannot be checked: a wrong
// one would let the kernel read anywhere.
const char* pointer_option(int level, int name);

}  // namespace pike
