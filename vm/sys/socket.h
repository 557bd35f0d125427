// Sockets: non-blocking descriptors, their addresses and options. Calls that fail give an errno value; those that transfer give -1
// and *error, which is 0 when the call would block.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace joist::sys {

enum class AddressFamily : uint8_t { Unspec, Inet, Inet6, Local, Other };
enum class SocketType : uint8_t { Stream, Datagram };

// An address in the system's own form.
struct SocketAddress {
  static constexpr uint32_t capacity = 128;
  alignas(8) unsigned char bytes[capacity];
  uint32_t size = 0;

  AddressFamily family() const;
  uint16_t port() const;           // Inet, Inet6
  std::string_view ip() const;     // 4 or 16 bytes, most significant first
  std::string_view path() const;   // Local: to the first zero, or all of an abstract name (which starts with one)

  static SocketAddress inet(const void* ip, uint16_t port);
  static SocketAddress inet6(const void* ip, uint16_t port, uint32_t flow_info, uint32_t scope);
  // "127.0.0.1", "::1"; false: no address.
  static bool parse(const std::string& text, uint16_t port, SocketAddress* out);
  // False: longer than such names may be.
  static bool local(std::string_view path, SocketAddress* out);
};

// A new socket, made in the network namespace that the file `netns` stands for when it is not empty. -1: *error.
int open_socket(AddressFamily family, SocketType type, const std::string& netns, int* error);
void close_socket(int fd);
void make_nonblocking(int fd);
int bind_socket(int fd, const SocketAddress& address);
int listen_socket(int fd, int backlog);
enum class Connecting : uint8_t { Done, UnderWay, Failed };
Connecting connect_socket(int fd, const SocketAddress& address, int* error);
// Datagram sockets: forgets the peer.
int disconnect_socket(int fd);
// What became of a connection under way, or what went wrong since.
int pending_error(int fd);
int accept_socket(int fd, SocketAddress* peer, int* error);
int socket_name(int fd, SocketAddress* out);
int peer_name(int fd, SocketAddress* out);
enum class ShutdownHow : uint8_t { Read, Write, Both };
int shutdown_socket(int fd, ShutdownHow how);

long receive_bytes(int fd, void* buffer, size_t size, int* error);
// Sends the parts one after another, as much as the system takes; of more than most_parts the first ones.
inline constexpr size_t most_parts = 96;
long send_bytes(int fd, const std::string_view* parts, size_t count, int* error);
// From an open file at `offset`; 0 at its end.
long send_file(int fd, int file, int64_t offset, size_t size, int* error);

// Options that have an integer (or boolean) as value.
enum class SocketOption : uint8_t {
  ReuseAddress, KeepAlive, DontRoute, Broadcast, OutOfBandInline, SendBuffer, ReceiveBuffer, Priority, Tos, TrafficClass, Ttl,
  ReceiveTos, ReceiveTrafficClass, ReceiveTtl, NoDelay, NoPush, MulticastTtl, MulticastLoop, MulticastInterface, MulticastInterface6,
  V6Only,
};
int set_option(int fd, SocketOption option, int value);
int get_option(int fd, SocketOption option, int* value);
int set_linger(int fd, int on, int seconds);
int get_linger(int fd, int* on, int* seconds);
int set_raw_option(int fd, int level, int name, std::string_view value);
// *value is as long as the answer may be, and holds what the system reads first.
int get_raw_option(int fd, int level, int name, std::string* value);
int bind_to_device(int fd, std::string_view device);
int bound_device(int fd, std::string* device);
// IPv4: addresses of the group and of the interface.
int change_membership(int fd, bool join, uint32_t interface_index, const void* group, const void* interface_address);
// option: of the system, for instance IP_ADD_SOURCE_MEMBERSHIP.
int change_source_membership(int fd, int option, const void* group, const void* interface_address, const void* source);
int change_membership6(int fd, bool join, uint32_t interface_index, const void* group);

// What came beside the data of a datagram, or with a connection's first packet.
enum class Ancillary : uint8_t { Tos, TrafficClass, Ttl };
struct AncillaryItem {
  Ancillary kind;
  int value;
};
int connection_ancillary(int fd, AddressFamily family, std::vector<AncillaryItem>* out);

// Datagrams. *address: of the sender (size 0 when it has none). ancillary: may be null.
long receive_datagram(int fd, void* buffer, size_t size, SocketAddress* address, std::vector<AncillaryItem>* ancillary, bool* truncated,
                      int* error);
// address: null when connected.
long send_datagram(int fd, const SocketAddress* address, const std::vector<AncillaryItem>& ancillary, std::string_view bytes, int* error);

// ---- by the system's own numbers, for the module socket

int open_socket_by_numbers(int domain, int type, int protocol, const std::string& netns, int* error);
// What a message has beside its bytes. from: of size 0 when there is none; control: in, as much as may come.
struct MessageParts {
  SocketAddress address;
  std::string control;
  int flags = 0;
};
long receive_message(int fd, void* buffer, size_t size, int flags, MessageParts* parts, int* error);
// Sends to parts.address when that has a size.
long send_message(int fd, const std::vector<std::string_view>& bytes, int flags, const MessageParts& parts, int* error);
// Domain, type and protocol of a descriptor; an errno value when it is no socket.
int socket_numbers(int fd, int* domain, int* type, int* protocol);
uint32_t flow_info(const SocketAddress& address);
uint32_t scope_id(const SocketAddress& address);
int system_family_of(const SocketAddress& address);

}  // namespace joist::sys
