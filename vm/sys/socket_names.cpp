#include "vm/sys/socket_names.h"

#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

namespace joist::sys {
namespace {

using Kind = OptionKind;

constexpr int ipv6_flow_info = 11;  // IPV6_FLOWINFO of <linux/in6.h>, which cannot be had together with <netinet/in.h>

constexpr NamedNumber domains[] = {{"inet", AF_INET}, {"inet6", AF_INET6}, {"local", AF_UNIX}, {"unspec", AF_UNSPEC}};
constexpr NamedNumber types[] = {
    {"stream", SOCK_STREAM}, {"dgram", SOCK_DGRAM}, {"raw", SOCK_RAW}, {"seqpacket", SOCK_SEQPACKET}, {"rdm", SOCK_RDM}};

int number_of(std::span<const NamedNumber> table, const std::string& name) {
  for (const NamedNumber& row : table)
    if (name == row.name) return row.number;
  return -1;
}

}  // namespace

const char* name_of(std::span<const NamedNumber> table, int number) {
  for (const NamedNumber& row : table)
    if (number == row.number) return row.name;
  return nullptr;
}

const std::vector<NamedOption>& named_options() {
  static const std::vector<NamedOption> all = {
      {"socket", "acceptconn", SOL_SOCKET, SO_ACCEPTCONN, Kind::Bool},
      {"socket", "bindtodevice", SOL_SOCKET, SO_BINDTODEVICE, Kind::Text},
      {"socket", "broadcast", SOL_SOCKET, SO_BROADCAST, Kind::Bool},
      {"socket", "debug", SOL_SOCKET, SO_DEBUG, Kind::Int},
      {"socket", "domain", SOL_SOCKET, SO_DOMAIN, Kind::Domain},
      {"socket", "dontroute", SOL_SOCKET, SO_DONTROUTE, Kind::Bool},
      {"socket", "keepalive", SOL_SOCKET, SO_KEEPALIVE, Kind::Bool},
      {"socket", "linger", SOL_SOCKET, SO_LINGER, Kind::Linger},
      {"socket", "oobinline", SOL_SOCKET, SO_OOBINLINE, Kind::Bool},
      {"socket", "passcred", SOL_SOCKET, SO_PASSCRED, Kind::Bool},
      {"socket", "peek_off", SOL_SOCKET, SO_PEEK_OFF, Kind::Int},
      {"socket", "priority", SOL_SOCKET, SO_PRIORITY, Kind::Int},
      {"socket", "protocol", SOL_SOCKET, SO_PROTOCOL, Kind::Protocol},
      {"socket", "rcvbuf", SOL_SOCKET, SO_RCVBUF, Kind::Int},
      {"socket", "rcvlowat", SOL_SOCKET, SO_RCVLOWAT, Kind::Int},
      {"socket", "reuseaddr", SOL_SOCKET, SO_REUSEADDR, Kind::Bool},
      {"socket", "reuseport", SOL_SOCKET, SO_REUSEPORT, Kind::Bool},
      {"socket", "sndbuf", SOL_SOCKET, SO_SNDBUF, Kind::Int},
      {"socket", "sndlowat", SOL_SOCKET, SO_SNDLOWAT, Kind::Int},
      {"socket", "timestamp", SOL_SOCKET, SO_TIMESTAMP, Kind::Bool},
      {"socket", "type", SOL_SOCKET, SO_TYPE, Kind::Type},
      {"socket", "acceptfilter", SOL_SOCKET, -1, Kind::None},
      {"socket", "busy_poll", SOL_SOCKET, -1, Kind::None},
      {"socket", "error", SOL_SOCKET, -1, Kind::None},
      {"socket", "mark", SOL_SOCKET, -1, Kind::None},
      {"socket", "peercred", SOL_SOCKET, -1, Kind::None},
      {"socket", "rcvbufforce", SOL_SOCKET, -1, Kind::None},
      {"socket", "rcvtimeo", SOL_SOCKET, -1, Kind::None},
      {"socket", "rxq_ovfl", SOL_SOCKET, -1, Kind::None},
      {"socket", "setfib", SOL_SOCKET, -1, Kind::None},
      {"socket", "sndbufforce", SOL_SOCKET, -1, Kind::None},
      {"socket", "sndtimeo", SOL_SOCKET, -1, Kind::None},
      {"ip", "add_membership", IPPROTO_IP, IP_ADD_MEMBERSHIP, Kind::Membership},
      {"ip", "drop_membership", IPPROTO_IP, IP_DROP_MEMBERSHIP, Kind::Membership},
      {"ip", "freebind", IPPROTO_IP, IP_FREEBIND, Kind::Bool},
      {"ip", "hdrincl", IPPROTO_IP, IP_HDRINCL, Kind::Bool},
      {"ip", "minttl", IPPROTO_IP, IP_MINTTL, Kind::Int},
      {"ip", "mtu", IPPROTO_IP, IP_MTU, Kind::Int},
      {"ip", "mtu_discover", IPPROTO_IP, IP_MTU_DISCOVER, Kind::Discover},
      {"ip", "multicast_all", IPPROTO_IP, IP_MULTICAST_ALL, Kind::Bool},
      {"ip", "multicast_if", IPPROTO_IP, IP_MULTICAST_IF, Kind::Address},
      {"ip", "multicast_loop", IPPROTO_IP, IP_MULTICAST_LOOP, Kind::Bool},
      {"ip", "multicast_ttl", IPPROTO_IP, IP_MULTICAST_TTL, Kind::Int},
      {"ip", "nodefrag", IPPROTO_IP, IP_NODEFRAG, Kind::Bool},
      {"ip", "pktinfo", IPPROTO_IP, IP_PKTINFO, Kind::Bool},
      {"ip", "recverr", IPPROTO_IP, IP_RECVERR, Kind::Bool},
      {"ip", "recvopts", IPPROTO_IP, IP_RECVOPTS, Kind::Bool},
      {"ip", "recvorigdstaddr", IPPROTO_IP, IP_RECVORIGDSTADDR, Kind::Bool},
      {"ip", "recvtos", IPPROTO_IP, IP_RECVTOS, Kind::Bool},
      {"ip", "recvttl", IPPROTO_IP, IP_RECVTTL, Kind::Bool},
      {"ip", "retopts", IPPROTO_IP, IP_RETOPTS, Kind::Bool},
      {"ip", "router_alert", IPPROTO_IP, IP_ROUTER_ALERT, Kind::Int},
      {"ip", "tos", IPPROTO_IP, IP_TOS, Kind::Tos},
      {"ip", "transparent", IPPROTO_IP, IP_TRANSPARENT, Kind::Bool},
      {"ip", "ttl", IPPROTO_IP, IP_TTL, Kind::Int},
      {"ip", "add_source_membership", IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, Kind::SourceMembership},
      {"ip", "block_source", IPPROTO_IP, IP_BLOCK_SOURCE, Kind::SourceMembership},
      {"ip", "dontfrag", IPPROTO_IP, -1, Kind::None},
      {"ip", "drop_source_membership", IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, Kind::SourceMembership},
      {"ip", "msfilter", IPPROTO_IP, -1, Kind::None},
      {"ip", "options", IPPROTO_IP, -1, Kind::None},
      {"ip", "pktoptions", IPPROTO_IP, IP_PKTOPTIONS, Kind::PacketOptions},
      {"ip", "recvdstaddr", IPPROTO_IP, -1, Kind::None},
      {"ip", "recvif", IPPROTO_IP, -1, Kind::None},
      {"ip", "sendsrcaddr", IPPROTO_IP, -1, Kind::None},
      {"ip", "unblock_source", IPPROTO_IP, IP_UNBLOCK_SOURCE, Kind::SourceMembership},
      {"ipv6", "add_membership", IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, Kind::Membership6},
      {"ipv6", "drop_membership", IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, Kind::Membership6},
      {"ipv6", "dstopts", IPPROTO_IPV6, IPV6_DSTOPTS, Kind::Bool},
      {"ipv6", "hopopts", IPPROTO_IPV6, IPV6_HOPOPTS, Kind::Bool},
      {"ipv6", "mtu", IPPROTO_IPV6, IPV6_MTU, Kind::Int},
      {"ipv6", "mtu_discover", IPPROTO_IPV6, IPV6_MTU_DISCOVER, Kind::Discover},
      {"ipv6", "multicast_hops", IPPROTO_IPV6, IPV6_MULTICAST_HOPS, Kind::Int},
      {"ipv6", "multicast_if", IPPROTO_IPV6, IPV6_MULTICAST_IF, Kind::Int},
      {"ipv6", "multicast_loop", IPPROTO_IPV6, IPV6_MULTICAST_LOOP, Kind::Bool},
      {"ipv6", "recverr", IPPROTO_IPV6, IPV6_RECVERR, Kind::Bool},
      {"ipv6", "recvhoplimit", IPPROTO_IPV6, IPV6_RECVHOPLIMIT, Kind::Bool},
      {"ipv6", "recvpktinfo", IPPROTO_IPV6, IPV6_RECVPKTINFO, Kind::Bool},
      {"ipv6", "recvtclass", IPPROTO_IPV6, IPV6_RECVTCLASS, Kind::Bool},
      {"ipv6", "router_alert", IPPROTO_IPV6, IPV6_ROUTER_ALERT, Kind::Int},
      {"ipv6", "rthdr", IPPROTO_IPV6, IPV6_RTHDR, Kind::Bool},
      {"ipv6", "tclass", IPPROTO_IPV6, IPV6_TCLASS, Kind::Int},
      {"ipv6", "unicast_hops", IPPROTO_IPV6, IPV6_UNICAST_HOPS, Kind::Int},
      {"ipv6", "v6only", IPPROTO_IPV6, IPV6_V6ONLY, Kind::Bool},
      {"ipv6", "addrform", IPPROTO_IPV6, IPV6_ADDRFORM, Kind::Family},
      {"ipv6", "auth_level", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "authhdr", IPPROTO_IPV6, IPV6_AUTHHDR, Kind::Bool},
      {"ipv6", "checksum", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "esp_network_level", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "esp_trans_level", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "faith", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "flowinfo", IPPROTO_IPV6, ipv6_flow_info, Kind::Bool},
      {"ipv6", "hoplimit", IPPROTO_IPV6, IPV6_HOPLIMIT, Kind::Bool},
      {"ipv6", "ipcomp_level", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "join_group", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "leave_group", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "pktoptions", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "portrange", IPPROTO_IPV6, -1, Kind::None},
      {"ipv6", "use_min_mtu", IPPROTO_IPV6, -1, Kind::None},
      {"tcp", "congestion", IPPROTO_TCP, TCP_CONGESTION, Kind::Text},
      {"tcp", "cork", IPPROTO_TCP, TCP_CORK, Kind::Bool},
      {"tcp", "maxseg", IPPROTO_TCP, TCP_MAXSEG, Kind::Int},
      {"tcp", "nodelay", IPPROTO_TCP, TCP_NODELAY, Kind::Bool},
      {"tcp", "info", IPPROTO_TCP, -1, Kind::None},
      {"tcp", "keepcnt", IPPROTO_TCP, -1, Kind::None},
      {"tcp", "keepidle", IPPROTO_TCP, -1, Kind::None},
      {"tcp", "keepintvl", IPPROTO_TCP, -1, Kind::None},
      {"tcp", "md5sig", IPPROTO_TCP, -1, Kind::None},
      {"tcp", "noopt", IPPROTO_TCP, -1, Kind::None},
      {"tcp", "nopush", IPPROTO_TCP, -1, Kind::None},
      {"tcp", "syncnt", IPPROTO_TCP, -1, Kind::None},
      {"tcp", "user_timeout", IPPROTO_TCP, -1, Kind::None},
      {"udp", "cork", IPPROTO_UDP, UDP_CORK, Kind::Bool},
  };
  return all;
}

const NamedOption* find_named_option(int level_number, int number) {
  for (const NamedOption& o : named_options())
    if (o.level_number == level_number && o.number == number) return &o;
  return nullptr;
}

int socket_level() { return SOL_SOCKET; }

const int message_flag_peek = MSG_PEEK, message_flag_truncated = MSG_TRUNC;

const std::vector<NamedNumber>& message_flags() {
  static const std::vector<NamedNumber> all = {
      {"cmsg_cloexec", MSG_CMSG_CLOEXEC}, {"confirm", MSG_CONFIRM}, {"ctrunc", MSG_CTRUNC}, {"dontroute", MSG_DONTROUTE},
      {"eor", MSG_EOR}, {"errqueue", MSG_ERRQUEUE}, {"more", MSG_MORE}, {"nosignal", MSG_NOSIGNAL}, {"oob", MSG_OOB}, {"peek", MSG_PEEK},
      {"trunc", MSG_TRUNC}};
  return all;
}

std::vector<Protocol> protocols() {
  std::vector<Protocol> out;
  protoent entry, *found;
  char buffer[2048];
  setprotoent(0);
  while (getprotoent_r(&entry, buffer, sizeof buffer, &found) == 0 && found) {
    Protocol p{found->p_proto, {found->p_name}};
    for (char** alias = found->p_aliases; *alias; alias++) p.names.emplace_back(*alias);
    out.push_back(std::move(p));
  }
  endprotoent();
  // A small installation has no /etc/protocols.
  for (auto [name, number] : {std::pair("ip", IPPROTO_IP), {"ipv6", IPPROTO_IPV6}, {"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}})
    out.push_back({number, {name}});
  return out;
}

int domain_number(const std::string& name) { return number_of(domains, name); }
int type_number(const std::string& name) { return number_of(types, name); }
const char* domain_name(int number) { return name_of(domains, number); }
const char* type_name(int number) { return name_of(types, number); }

}  // namespace joist::sys
