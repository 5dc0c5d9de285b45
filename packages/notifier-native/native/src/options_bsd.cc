// The table of socket options of macOS and the BSDs; see options_table.h, setsockopt(2), tcp(4),
// ip(4), ip6(4).
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "options_table.h"

namespace pike {

namespace {

#ifdef TCP_KEEPIDLE
constexpr int kKeepIdleName = TCP_KEEPIDLE;
#else
constexpr int kKeepIdleName = TCP_KEEPALIVE;  // its name on macOS
#endif

#ifdef SO_LINGER_SEC
constexpr int kLingerName = SO_LINGER_SEC;  // macOS, where SO_LINGER counts ticks
#else
constexpr int kLingerName = SO_LINGER;
#endif

}  // namespace

const OptionRow kOptionRows[] = {
    {SOL_SOCKET, SO_DEBUG},
    {SOL_SOCKET, SO_ACCEPTCONN},
    {SOL_SOCKET, SO_REUSEADDR},
    {SOL_SOCKET, SO_REUSEPORT},
    {SOL_SOCKET, SO_KEEPALIVE},
    {SOL_SOCKET, SO_DONTROUTE},
    {SOL_SOCKET, SO_BROADCAST},
    {SOL_SOCKET, kLingerName, Layout::kLinger},
    {SOL_SOCKET, SO_OOBINLINE},
    {SOL_SOCKET, SO_SNDBUF},
    {SOL_SOCKET, SO_RCVBUF},
    {SOL_SOCKET, SO_SNDLOWAT},
    {SOL_SOCKET, SO_RCVLOWAT},
    {SOL_SOCKET, SO_SNDTIMEO, Layout::kTime},
    {SOL_SOCKET, SO_RCVTIMEO, Layout::kTime},
    {SOL_SOCKET, SO_ERROR, Layout::kError},
    {SOL_SOCKET, SO_TYPE, Layout::kType},
    {IPPROTO_TCP, TCP_NODELAY},
    {IPPROTO_TCP, kKeepIdleName},
    {IPPROTO_TCP, TCP_KEEPINTVL},
    {IPPROTO_TCP, TCP_KEEPCNT},
    {IPPROTO_TCP, TCP_MAXSEG},
    {IPPROTO_IPV6, IPV6_V6ONLY},
    {IPPROTO_IP, IP_TTL},
    {IPPROTO_IP, IP_TOS},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    {IPPROTO_IPV6, IPV6_TCLASS},
    {IPPROTO_IP, IP_MULTICAST_TTL, Layout::kInt, IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    {IPPROTO_IP, IP_MULTICAST_LOOP, Layout::kInt, IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    {IPPROTO_IP, IP_MULTICAST_IF, Layout::kMulticastInterface, IPPROTO_IPV6, IPV6_MULTICAST_IF},
    {0, 0, Layout::kMembership},
    {0, 0, Layout::kMembership},
};
static_assert(sizeof kOptionRows / sizeof kOptionRows[0] == kOptionCount);

const char* pointer_option(int level, int name) {
  // struct mac of security labels has a pointer to its text, struct __msfilterreq to its sources.
#ifdef SO_LABEL
  if (level == SOL_SOCKET && name == SO_LABEL) return "SO_LABEL";
  if (level == SOL_SOCKET && name == SO_PEERLABEL) return "SO_PEERLABEL";
#endif
#ifdef IP_MSFILTER
  if (level == IPPROTO_IP && name == IP_MSFILTER) return "IP_MSFILTER";
#endif
#ifdef IPV6_MSFILTER
  if (level == IPPROTO_IPV6 && name == IPV6_MSFILTER) return "IPV6_MSFILTER";
#endif
  return nullptr;
}

}  // namespace pike
