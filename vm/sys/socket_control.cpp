#include "vm/sys/socket_control.h"

#include <algorithm>
#include <cstring>
#include <ctime>

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "vm/sys/socket_names.h"

namespace joist::sys {
namespace {

using Control = ControlKind;

constexpr NamedControl controls[] = {
    {"credentials", SOL_SOCKET, SCM_CREDENTIALS, Control::Bytes, false},
    {"rights", SOL_SOCKET, SCM_RIGHTS, Control::Bytes, false},
    {"timestamp", SOL_SOCKET, SCM_TIMESTAMP, Control::Timestamp, true},
    {"tos", IPPROTO_IP, IP_TOS, Control::Tos, true},
    {"ttl", IPPROTO_IP, IP_TTL, Control::Int, true},
    {"recvttl", IPPROTO_IP, IP_RECVTTL, Control::Byte, false},
    {"pktinfo", IPPROTO_IP, IP_PKTINFO, Control::PacketInfo, false},
    {"origdstaddr", IPPROTO_IP, IP_ORIGDSTADDR, Control::Address, false},
    {"recvtos", IPPROTO_IP, IP_RECVTOS, Control::Tos, false},
    {"recverr", IPPROTO_IP, IP_RECVERR, Control::ExtendedError, false},
    {"pktinfo", IPPROTO_IPV6, IPV6_PKTINFO, Control::PacketInfo6, false},
    {"hoplimit", IPPROTO_IPV6, IPV6_HOPLIMIT, Control::Int, true},
    {"tclass", IPPROTO_IPV6, IPV6_TCLASS, Control::Int, true},
    {"recvtclass", IPPROTO_IPV6, IPV6_RECVTCLASS, Control::Int, false},
    {"recverr", IPPROTO_IPV6, IPV6_RECVERR, Control::ExtendedError, false},
};

constexpr NamedNumber error_origins[] = {{"none", SO_EE_ORIGIN_NONE},         {"local", SO_EE_ORIGIN_LOCAL},
                                         {"icmp", SO_EE_ORIGIN_ICMP},         {"icmp6", SO_EE_ORIGIN_ICMP6},
                                         {"txstatus", SO_EE_ORIGIN_TXSTATUS}, {"zerocopy", SO_EE_ORIGIN_ZEROCOPY},
                                         {"txtime", SO_EE_ORIGIN_TXTIME}};
constexpr NamedNumber icmp_types[] = {{"dest_unreach", ICMP_DEST_UNREACH}, {"time_exceeded", ICMP_TIME_EXCEEDED}};
constexpr NamedNumber icmp_codes[] = {{"net_unreach", ICMP_NET_UNREACH}, {"host_unreach", ICMP_HOST_UNREACH},
                                      {"port_unreach", ICMP_PORT_UNREACH}, {"frag_needed", ICMP_FRAG_NEEDED},
                                      {"net_unknown", ICMP_NET_UNKNOWN}, {"host_unknown", ICMP_HOST_UNKNOWN}};
constexpr NamedNumber icmp6_types[] = {
    {"dest_unreach", ICMP6_DST_UNREACH}, {"pkt_toobig", ICMP6_PACKET_TOO_BIG}, {"time_exceeded", ICMP6_TIME_EXCEEDED}};
// Of <linux/icmpv6.h>, which cannot be had together with <netinet/icmp6.h>.
constexpr NamedNumber icmp6_codes[] = {{"noroute", ICMP6_DST_UNREACH_NOROUTE}, {"adm_prohibited", ICMP6_DST_UNREACH_ADMIN},
                                       {"not_neighbour", ICMP6_DST_UNREACH_BEYONDSCOPE}, {"addr_unreach", ICMP6_DST_UNREACH_ADDR},
                                       {"port_unreach", ICMP6_DST_UNREACH_NOPORT}, {"policy_fail", 5}, {"reject_route", 6}};

template <class S>
bool read_as(std::string_view data, S* out) {
  if (data.size() < sizeof *out) return false;
  memcpy(out, data.data(), sizeof *out);
  return true;
}

template <class S>
std::string bytes_of(const S& form) { return std::string(reinterpret_cast<const char*>(&form), sizeof form); }

}  // namespace

const NamedControl* find_named_control(int level_number, int number) {
  for (const NamedControl& row : controls)
    if (row.level_number == level_number && row.number == number) return &row;
  return nullptr;
}
const NamedControl* find_named_control(int level_number, std::string_view name) {
  for (const NamedControl& row : controls)
    if (row.level_number == level_number && row.name == name) return &row;
  return nullptr;
}

const char* error_origin_name(int origin) { return name_of(error_origins, origin); }
const char* error_type_name(int origin, int type) {
  return origin == SO_EE_ORIGIN_ICMP ? name_of(icmp_types, type) : origin == SO_EE_ORIGIN_ICMP6 ? name_of(icmp6_types, type) : nullptr;
}
const char* error_code_name(int origin, int type, int code) {
  if (origin == SO_EE_ORIGIN_ICMP && type == ICMP_DEST_UNREACH) return name_of(icmp_codes, code);
  if (origin == SO_EE_ORIGIN_ICMP6 && type == ICMP6_DST_UNREACH) return name_of(icmp6_codes, code);
  return nullptr;
}

std::vector<ControlMessage> control_messages(const std::string& control) {
  std::vector<ControlMessage> out;
  msghdr message{};
  message.msg_control = const_cast<char*>(control.data());
  message.msg_controllen = control.size();
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    out.push_back({c->cmsg_level, c->cmsg_type, std::string(reinterpret_cast<char*>(CMSG_DATA(c)), c->cmsg_len - CMSG_LEN(0))});
  }
  return out;
}

std::string control_bytes(const std::vector<ControlMessage>& messages) {
  std::string out;
  for (const ControlMessage& m : messages) {
    size_t at = out.size();
    out.resize(at + CMSG_SPACE(m.data.size()));
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(m.data.size());
    header.cmsg_level = m.level;
    header.cmsg_type = m.type;
    memcpy(out.data() + at, &header, sizeof header);
    memcpy(out.data() + at + CMSG_LEN(0), m.data.data(), m.data.size());
  }
  return out;
}

bool read_timestamp(const std::string& data, int64_t* seconds, int64_t* microseconds) {
  timeval time;
  if (!read_as(data, &time)) return false;
  *seconds = time.tv_sec;
  *microseconds = time.tv_usec;
  return true;
}

std::string timestamp_bytes(int64_t seconds, int64_t microseconds) {
  timeval time{};
  time.tv_sec = seconds;
  time.tv_usec = microseconds;
  return bytes_of(time);
}

bool read_packet_info(const std::string& data, bool v6, PacketInfo* out) {
  in_pktinfo info;
  in6_pktinfo info6;
  if (v6 ? !read_as(data, &info6) : !read_as(data, &info)) return false;
  if (v6) {
    *out = {uint32_t(info6.ipi6_ifindex), {}, bytes_of(info6.ipi6_addr)};
  } else {
    *out = {uint32_t(info.ipi_ifindex), bytes_of(info.ipi_spec_dst), bytes_of(info.ipi_addr)};
  }
  return true;
}

bool read_extended_error(const std::string& data, ExtendedError* out) {
  sock_extended_err e;
  if (!read_as(data, &e)) return false;
  out->error = int(e.ee_errno);
  out->origin = e.ee_origin;
  out->type = e.ee_type;
  out->code = e.ee_code;
  out->info = e.ee_info;
  out->data = e.ee_data;
  out->offender.size = 0;
  read_raw_address(std::string_view(data).substr(sizeof e), &out->offender);
  return true;
}

bool read_raw_address(std::string_view data, SocketAddress* out) {
  if (data.size() < sizeof(sa_family_t)) return false;
  out->size = uint32_t(std::min<size_t>(data.size(), SocketAddress::capacity));
  memset(out->bytes, 0, sizeof out->bytes);
  memcpy(out->bytes, data.data(), out->size);
  return true;
}

}  // namespace joist::sys
