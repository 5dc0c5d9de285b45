// The table of socket options of Linux; see options_table.h, socket(7), tcp(7), ip(7), ipv6(7).
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "options_table.h"

namespace pike {

const OptionRow kOptionRows[] = {
    {SOL_SOCKET, SO_DEBUG},
    {SOL_SOCKET, SO_ACCEPTCONN},
    {SOL_SOCKET, SO_REUSEADDR},
    {SOL_SOCKET, SO_REUSEPORT},
    {SOL_SOCKET, SO_KEEPALIVE},
    {SOL_SOCKET, SO_DONTROUTE},
    {SOL_SOCKET, SO_BROADCAST},
    {SOL_SOCKET, SO_LINGER, Layout::kLinger},
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
    {IPPROTO_TCP, TCP_KEEPIDLE},
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
  if (level == SOL_SOCKET && name == SO_ATTACH_FILTER) return "SO_ATTACH_FILTER";
  if (level == SOL_SOCKET && name == SO_ATTACH_REUSEPORT_CBPF) return "SO_ATTACH_REUSEPORT_CBPF";
  if (level == SOL_SOCKET && name == SO_GET_FILTER) return "SO_GET_FILTER";
  if (level == IPPROTO_TCP && name == TCP_ZEROCOPY_RECEIVE) return "TCP_ZEROCOPY_RECEIVE";
  if (level == SOL_PACKET && name == PACKET_FANOUT_DATA) return "PACKET_FANOUT_DATA";
  if (level == SOL_XDP && name == XDP_UMEM_REG) return "XDP_UMEM_REG";
  // Netfilter replaces whole tables by pointer: of IPv4 and ARP (64 to 127), of bridges (128 to
  // 131), of IPv6 (64 and 65; those above are IPv6's own).
  if (level == IPPROTO_IP && name >= 64 && name <= 131) return "netfilter options";
  if (level == IPPROTO_IPV6 && (name == 64 || name == 65)) return "netfilter options";
  return nullptr;
}

}  // namespace pike
