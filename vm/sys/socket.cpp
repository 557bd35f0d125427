#include "vm/sys/socket.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace joist::sys {
namespace {

static_assert(SocketAddress::capacity >= sizeof(sockaddr_storage));

constexpr size_t path_offset = offsetof(sockaddr_un, sun_path);

int errno_of(int result) { return result < 0 ? errno : 0; }

long transferred(long n, int* error) {
  *error = n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR ? errno : 0;
  return n;
}

template <class S>
S read_as(const SocketAddress& a) {
  S out{};
  memcpy(&out, a.bytes, a.size < sizeof out ? a.size : sizeof out);
  return out;
}

template <class S>
SocketAddress write_as(const S& from, size_t size = sizeof(S)) {
  SocketAddress out;
  memcpy(out.bytes, &from, sizeof from);
  out.size = uint32_t(size);
  return out;
}

sockaddr* raw(SocketAddress& a) { return reinterpret_cast<sockaddr*>(a.bytes); }
const sockaddr* raw(const SocketAddress& a) { return reinterpret_cast<const sockaddr*>(a.bytes); }

int system_family(AddressFamily family) {
  switch (family) {
    case AddressFamily::Inet: return AF_INET;
    case AddressFamily::Inet6: return AF_INET6;
    case AddressFamily::Local: return AF_UNIX;
    default: return AF_UNSPEC;
  }
}

struct OptionName {
  int level, name;
};
OptionName option_name(SocketOption option) {
  using O = SocketOption;
  switch (option) {
    case O::ReuseAddress: return {SOL_SOCKET, SO_REUSEADDR};
    case O::KeepAlive: return {SOL_SOCKET, SO_KEEPALIVE};
    case O::DontRoute: return {SOL_SOCKET, SO_DONTROUTE};
    case O::Broadcast: return {SOL_SOCKET, SO_BROADCAST};
    case O::OutOfBandInline: return {SOL_SOCKET, SO_OOBINLINE};
    case O::SendBuffer: return {SOL_SOCKET, SO_SNDBUF};
    case O::ReceiveBuffer: return {SOL_SOCKET, SO_RCVBUF};
    case O::Priority: return {SOL_SOCKET, SO_PRIORITY};
    case O::Tos: return {IPPROTO_IP, IP_TOS};
    case O::TrafficClass: return {IPPROTO_IPV6, IPV6_TCLASS};
    case O::Ttl: return {IPPROTO_IP, IP_TTL};
    case O::ReceiveTos: return {IPPROTO_IP, IP_RECVTOS};
    case O::ReceiveTrafficClass: return {IPPROTO_IPV6, IPV6_RECVTCLASS};
    case O::ReceiveTtl: return {IPPROTO_IP, IP_RECVTTL};
    case O::NoDelay: return {IPPROTO_TCP, TCP_NODELAY};
    case O::NoPush: return {IPPROTO_TCP, TCP_CORK};
    case O::MulticastTtl: return {IPPROTO_IP, IP_MULTICAST_TTL};
    case O::MulticastLoop: return {IPPROTO_IP, IP_MULTICAST_LOOP};
    case O::MulticastInterface: return {IPPROTO_IP, IP_MULTICAST_IF};
    case O::MulticastInterface6: return {IPPROTO_IPV6, IPV6_MULTICAST_IF};
    case O::V6Only: return {IPPROTO_IPV6, IPV6_V6ONLY};
  }
  return {-1, -1};
}

// Puts the calling thread into another network namespace while it lives.
class NamespaceVisit {
 public:
  explicit NamespaceVisit(const std::string& name) {
    if (name.empty()) return;
    home_ = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home_ < 0) {
      error = errno;
      return;
    }
    int there = open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET) != 0) error = errno;
    if (there >= 0) close(there);
    if (error) {
      close(home_);
      home_ = -1;
    }
  }
  ~NamespaceVisit() {
    if (home_ < 0) return;
    setns(home_, CLONE_NEWNET);
    close(home_);
  }
  int error = 0;

 private:
  int home_ = -1;
};

int cmsg_value(const cmsghdr* c) {
  size_t size = c->cmsg_len - CMSG_LEN(0);
  if (size == 1) return *CMSG_DATA(c);
  int value = 0;
  if (size >= sizeof value) memcpy(&value, CMSG_DATA(c), sizeof value);
  return value;
}

bool ancillary_item(const cmsghdr* c, AncillaryItem* out) {
  if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) *out = {Ancillary::Tos, cmsg_value(c)};
  else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) *out = {Ancillary::TrafficClass, cmsg_value(c)};
  else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) *out = {Ancillary::Ttl, cmsg_value(c)};
  else return false;
  return true;
}

}  // namespace

AddressFamily SocketAddress::family() const {
  if (size < sizeof(sa_family_t)) return AddressFamily::Unspec;
  switch (raw(*this)->sa_family) {
    case AF_INET: return AddressFamily::Inet;
    case AF_INET6: return AddressFamily::Inet6;
    case AF_UNIX: return AddressFamily::Local;
    case AF_UNSPEC: return AddressFamily::Unspec;
    default: return AddressFamily::Other;
  }
}

uint16_t SocketAddress::port() const {
  // sin_port and sin6_port lie at the same place.
  return ntohs(read_as<sockaddr_in>(*this).sin_port);
}

std::string_view SocketAddress::ip() const {
  const char* start = reinterpret_cast<const char*>(bytes);
  if (family() == AddressFamily::Inet) return {start + offsetof(sockaddr_in, sin_addr), 4};
  return {start + offsetof(sockaddr_in6, sin6_addr), 16};
}

std::string_view SocketAddress::path() const {
  if (size <= path_offset) return {};
  std::string_view all(reinterpret_cast<const char*>(bytes) + path_offset, size - path_offset);
  size_t zero = all.find('\0');
  return zero == 0 || zero == std::string_view::npos ? all : all.substr(0, zero);
}

SocketAddress SocketAddress::inet(const void* ip, uint16_t port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  memcpy(&a.sin_addr, ip, 4);
  return write_as(a);
}

SocketAddress SocketAddress::inet6(const void* ip, uint16_t port, uint32_t flow_info, uint32_t scope) {
  sockaddr_in6 a{};
  a.sin6_family = AF_INET6;
  a.sin6_port = htons(port);
  memcpy(&a.sin6_addr, ip, 16);
  a.sin6_flowinfo = flow_info;
  a.sin6_scope_id = scope;
  return write_as(a);
}

bool SocketAddress::parse(const std::string& text, uint16_t port, SocketAddress* out) {
  unsigned char ip[16];
  if (inet_pton(AF_INET, text.c_str(), ip) == 1) *out = inet(ip, port);
  else if (inet_pton(AF_INET6, text.c_str(), ip) == 1) *out = inet6(ip, port, 0, 0);
  else return false;
  return true;
}

bool SocketAddress::local(std::string_view path, SocketAddress* out) {
  sockaddr_un a{};
  // A file's name ends with a zero; an abstract one has it in front.
  bool abstract = !path.empty() && path[0] == '\0';
  if (path.size() + (abstract ? 0 : 1) > sizeof a.sun_path) return false;
  a.sun_family = AF_UNIX;
  memcpy(a.sun_path, path.data(), path.size());
  *out = write_as(a, path_offset + path.size());
  return true;
}

int open_socket_by_numbers(int domain, int type, int protocol, const std::string& netns, int* error) {
  NamespaceVisit visit(netns);
  *error = visit.error;
  if (*error) return -1;
  int fd = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  *error = errno_of(fd);
  return fd;
}

int open_socket(AddressFamily family, SocketType type, const std::string& netns, int* error) {
  bool stream = type == SocketType::Stream;
  int protocol = family == AddressFamily::Local ? 0 : stream ? int(IPPROTO_TCP) : int(IPPROTO_UDP);
  return open_socket_by_numbers(system_family(family), stream ? SOCK_STREAM : SOCK_DGRAM, protocol, netns, error);
}

void close_socket(int fd) { close(fd); }
void make_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }
int bind_socket(int fd, const SocketAddress& a) { return errno_of(bind(fd, raw(a), a.size)); }
int listen_socket(int fd, int backlog) { return errno_of(listen(fd, backlog)); }

Connecting connect_socket(int fd, const SocketAddress& a, int* error) {
  *error = errno_of(connect(fd, raw(a), a.size));
  if (*error == 0) return Connecting::Done;
  return *error == EINPROGRESS || *error == EAGAIN ? Connecting::UnderWay : Connecting::Failed;
}

int disconnect_socket(int fd) {
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  return errno_of(connect(fd, &none, sizeof none));
}

int pending_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return errno;
  return error;
}

int accept_socket(int fd, SocketAddress* peer, int* error) {
  socklen_t size = SocketAddress::capacity;
  int accepted = accept4(fd, raw(*peer), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  peer->size = accepted < 0 ? 0 : size;
  return int(transferred(accepted, error));
}

int socket_name(int fd, SocketAddress* out) {
  socklen_t size = SocketAddress::capacity;
  int error = errno_of(getsockname(fd, raw(*out), &size));
  out->size = error ? 0 : size;
  return error;
}

int peer_name(int fd, SocketAddress* out) {
  socklen_t size = SocketAddress::capacity;
  int error = errno_of(getpeername(fd, raw(*out), &size));
  out->size = error ? 0 : size;
  return error;
}

int shutdown_socket(int fd, ShutdownHow how) {
  return errno_of(shutdown(fd, how == ShutdownHow::Read ? SHUT_RD : how == ShutdownHow::Write ? SHUT_WR : SHUT_RDWR));
}

long receive_bytes(int fd, void* buffer, size_t size, int* error) { return transferred(recv(fd, buffer, size, 0), error); }

long send_bytes(int fd, const std::string_view* parts, size_t count, int* error) {
  iovec vector[most_parts];
  msghdr message{};
  message.msg_iov = vector;
  for (; message.msg_iovlen < count && message.msg_iovlen < most_parts; message.msg_iovlen++) {
    vector[message.msg_iovlen] = {const_cast<char*>(parts[message.msg_iovlen].data()), parts[message.msg_iovlen].size()};
  }
  return transferred(sendmsg(fd, &message, MSG_NOSIGNAL), error);
}

long send_file(int fd, int file, int64_t offset, size_t size, int* error) {
  off_t at = offset;
  return transferred(sendfile(fd, file, &at, size), error);
}

int set_option(int fd, SocketOption option, int value) {
  OptionName n = option_name(option);
  return errno_of(setsockopt(fd, n.level, n.name, &value, sizeof value));
}

int get_option(int fd, SocketOption option, int* value) {
  OptionName n = option_name(option);
  *value = 0;
  socklen_t size = sizeof *value;
  return errno_of(getsockopt(fd, n.level, n.name, value, &size));
}

int set_linger(int fd, int on, int seconds) {
  linger value{on, seconds};
  return errno_of(setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof value));
}

int get_linger(int fd, int* on, int* seconds) {
  linger value{};
  socklen_t size = sizeof value;
  int error = errno_of(getsockopt(fd, SOL_SOCKET, SO_LINGER, &value, &size));
  *on = value.l_onoff;
  *seconds = value.l_linger;
  return error;
}

int set_raw_option(int fd, int level, int name, std::string_view value) {
  return errno_of(setsockopt(fd, level, name, value.data(), socklen_t(value.size())));
}

int get_raw_option(int fd, int level, int name, std::string* value) {
  socklen_t size = socklen_t(value->size());
  int error = errno_of(getsockopt(fd, level, name, value->data(), &size));
  if (!error) value->resize(size);
  return error;
}

int bind_to_device(int fd, std::string_view device) {
  return errno_of(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.data(), socklen_t(device.size())));
}

int bound_device(int fd, std::string* device) {
  char name[64] = "";
  socklen_t size = sizeof name;
  int error = errno_of(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &size));
  *device = std::string(name, strnlen(name, size));
  return error;
}

int change_membership(int fd, bool join, uint32_t interface_index, const void* group, const void* interface_address) {
  ip_mreqn request{};
  memcpy(&request.imr_multiaddr, group, 4);
  memcpy(&request.imr_address, interface_address, 4);
  request.imr_ifindex = int(interface_index);
  return errno_of(setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof request));
}

int change_source_membership(int fd, int option, const void* group, const void* interface_address, const void* source) {
  ip_mreq_source change{};
  memcpy(&change.imr_multiaddr, group, sizeof change.imr_multiaddr);
  memcpy(&change.imr_interface, interface_address, sizeof change.imr_interface);
  memcpy(&change.imr_sourceaddr, source, sizeof change.imr_sourceaddr);
  return errno_of(setsockopt(fd, IPPROTO_IP, option, &change, sizeof change));
}

int change_membership6(int fd, bool join, uint32_t interface_index, const void* group) {
  ipv6_mreq request{};
  memcpy(&request.ipv6mr_multiaddr, group, 16);
  request.ipv6mr_interface = interface_index;
  return errno_of(setsockopt(fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request, sizeof request));
}

int connection_ancillary(int fd, AddressFamily family, std::vector<AncillaryItem>* out) {
  alignas(cmsghdr) char buffer[256];
  socklen_t size = sizeof buffer;
  bool v6 = family == AddressFamily::Inet6;
  if (getsockopt(fd, v6 ? int(IPPROTO_IPV6) : int(IPPROTO_IP), v6 ? int(IPV6_2292PKTOPTIONS) : int(IP_PKTOPTIONS), buffer, &size) < 0) {
    return errno;
  }
  msghdr message{};
  message.msg_control = buffer;
  message.msg_controllen = size;
  AncillaryItem item;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
    if (ancillary_item(c, &item)) out->push_back(item);
  return 0;
}

long receive_datagram(int fd, void* buffer, size_t size, SocketAddress* address, std::vector<AncillaryItem>* ancillary, bool* truncated,
                      int* error) {
  iovec part{buffer, size};
  alignas(cmsghdr) char control[512];
  msghdr message{};
  message.msg_name = address->bytes;
  message.msg_namelen = SocketAddress::capacity;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (ancillary) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  long n = transferred(recvmsg(fd, &message, 0), error);
  address->size = n < 0 ? 0 : message.msg_namelen;
  if (n < 0) return n;
  *truncated = message.msg_flags & MSG_TRUNC;
  AncillaryItem item;
  if (ancillary)
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
      if (ancillary_item(c, &item)) ancillary->push_back(item);
  return n;
}

long send_datagram(int fd, const SocketAddress* address, const std::vector<AncillaryItem>& ancillary, std::string_view bytes, int* error) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[512];
  msghdr message{};
  if (address) {
    message.msg_name = const_cast<unsigned char*>(address->bytes);
    message.msg_namelen = address->size;
  }
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!ancillary.empty()) {
    memset(control, 0, sizeof control);
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    size_t used = 0;
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    for (const AncillaryItem& item : ancillary) {
      if (!c) {
        *error = EINVAL;
        return -1;
      }
      bool tclass = item.kind == Ancillary::TrafficClass;
      c->cmsg_level = tclass ? int(IPPROTO_IPV6) : int(IPPROTO_IP);
      c->cmsg_type = tclass ? IPV6_TCLASS : item.kind == Ancillary::Tos ? IP_TOS : IP_TTL;
      c->cmsg_len = CMSG_LEN(sizeof(int));
      memcpy(CMSG_DATA(c), &item.value, sizeof(int));
      used += CMSG_SPACE(sizeof(int));
      c = CMSG_NXTHDR(&message, c);
    }
    message.msg_controllen = used;
  }
  return transferred(sendmsg(fd, &message, MSG_NOSIGNAL), error);
}

long receive_message(int fd, void* buffer, size_t size, int flags, MessageParts* parts, int* error) {
  iovec part{buffer, size};
  msghdr message{};
  message.msg_name = parts->address.bytes;
  message.msg_namelen = SocketAddress::capacity;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = parts->control.empty() ? nullptr : parts->control.data();
  message.msg_controllen = parts->control.size();
  long n = transferred(recvmsg(fd, &message, flags), error);
  if (n < 0) return n;
  parts->address.size = message.msg_namelen;
  parts->control.resize(message.msg_controllen);
  parts->flags = message.msg_flags;
  return n;
}

long send_message(int fd, const std::vector<std::string_view>& bytes, int flags, const MessageParts& parts, int* error) {
  std::vector<iovec> vector;
  for (std::string_view b : bytes) vector.push_back({const_cast<char*>(b.data()), b.size()});
  msghdr message{};
  if (parts.address.size) {
    message.msg_name = const_cast<unsigned char*>(parts.address.bytes);
    message.msg_namelen = parts.address.size;
  }
  message.msg_iov = vector.data();
  message.msg_iovlen = vector.size();
  message.msg_control = parts.control.empty() ? nullptr : const_cast<char*>(parts.control.data());
  message.msg_controllen = parts.control.size();
  return transferred(sendmsg(fd, &message, flags | MSG_NOSIGNAL), error);
}

int socket_numbers(int fd, int* domain, int* type, int* protocol) {
  struct {
    int name;
    int* value;
  } asked[] = {{SO_DOMAIN, domain}, {SO_TYPE, type}, {SO_PROTOCOL, protocol}};
  for (auto& a : asked) {
    socklen_t size = sizeof *a.value;
    if (getsockopt(fd, SOL_SOCKET, a.name, a.value, &size) < 0) return errno;
  }
  return 0;
}

uint32_t flow_info(const SocketAddress& a) { return read_as<sockaddr_in6>(a).sin6_flowinfo; }
uint32_t scope_id(const SocketAddress& a) { return read_as<sockaddr_in6>(a).sin6_scope_id; }
int system_family_of(const SocketAddress& a) { return a.size < sizeof(sa_family_t) ? AF_UNSPEC : raw(a)->sa_family; }

}  // namespace joist::sys
