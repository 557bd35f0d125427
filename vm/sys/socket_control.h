// Control messages: what comes and goes beside a message's bytes. Their names, and the forms of their bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vm/sys/socket.h"

namespace joist::sys {

struct ControlMessage {
  int level, type;
  std::string data;
};
std::vector<ControlMessage> control_messages(const std::string& control);
std::string control_bytes(const std::vector<ControlMessage>& messages);

// What the bytes of a control message mean.
enum class ControlKind : uint8_t { Bytes, Int, Byte, Tos, Timestamp, PacketInfo, PacketInfo6, Address, ExtendedError };

struct NamedControl {
  const char* name;
  int level_number, number;
  ControlKind kind;
  bool may_send;  // by its value; all may be sent by their bytes
};
const NamedControl* find_named_control(int level_number, int number);
const NamedControl* find_named_control(int level_number, std::string_view name);

// ---- forms. False: there are too few bytes.

bool read_timestamp(const std::string& data, int64_t* seconds, int64_t* microseconds);
std::string timestamp_bytes(int64_t seconds, int64_t microseconds);

struct PacketInfo {
  uint32_t interface;
  std::string local, address;  // IP addresses; local: IPv4 only
};
bool read_packet_info(const std::string& data, bool v6, PacketInfo* out);

struct ExtendedError {
  int error, origin, type, code;
  uint32_t info, data;
  SocketAddress offender;      // of size 0 when there is none
};
bool read_extended_error(const std::string& data, ExtendedError* out);
// Null for those that have no name.
const char* error_origin_name(int origin);
const char* error_type_name(int origin, int type);
const char* error_code_name(int origin, int type, int code);

bool read_raw_address(std::string_view data, SocketAddress* out);

}  // namespace joist::sys
