// Numbers by which prim_inet.erl and the socket drivers speak (inet_int.hrl of OTP 25).
#pragma once
#include <cstdint>

namespace joist::inet {

// Added to the request codes, so that port_control/3 of other users is refused.
inline constexpr unsigned control_magic = 0x03f1a300;

enum Request : unsigned {
  req_open = 1, req_close = 2, req_connect = 3, req_peer = 4, req_name = 5, req_bind = 6, req_set_options = 7, req_get_options = 8,
  req_get_statistics = 11, req_host_name = 12, req_fd_open = 13, req_get_fd = 14, req_get_type = 15, req_get_status = 16,
  req_service_by_name = 17, req_service_by_port = 18, req_set_name = 19, req_set_peer = 20, req_interface_list = 21,
  req_interface_get = 22, req_interface_set = 23, req_subscribe = 24, req_interface_addresses = 25, req_accept = 26, req_listen = 27,
  req_ignore_fd = 28, req_local_addresses = 29, req_peer_addresses = 30,
  req_receive = 42, req_unreceive = 43, req_shutdown = 44, req_send_file = 45,
  req_receive_packet = 60,
};

enum ReplyCode : uint8_t { reply_error = 0, reply_ok = 1 };

enum FamilyCode : uint8_t {
  family_unspec = 0, family_inet = 1, family_inet6 = 2, family_any = 3, family_loopback = 4, family_local = 5, family_undefined = 6,
};
enum TypeCode : uint8_t { type_stream = 1, type_datagram = 2 };

// Bits of a socket's state, as getstatus shows them.
enum State : unsigned {
  state_open = 0x01, state_active = 0x04, state_listen = 0x08, state_connecting = 0x10, state_accepting = 0x20, state_busy = 0x80,
  state_connected = state_open | state_active,
};

enum Active : uint8_t { active_false = 0, active_true = 1, active_once = 2, active_count = 3 };

enum Option : uint8_t {
  opt_reuse_address = 0, opt_keep_alive = 1, opt_dont_route = 2, opt_linger = 3, opt_broadcast = 4, opt_oob_inline = 5,
  opt_send_buffer = 6, opt_receive_buffer = 7, opt_priority = 8, opt_tos = 9, opt_no_delay = 10, opt_multicast_interface = 11,
  opt_multicast_ttl = 12, opt_multicast_loop = 13, opt_add_membership = 14, opt_drop_membership = 15, opt_v6_only = 16,
  opt_buffer = 20, opt_header = 21, opt_active = 22, opt_packet = 23, opt_mode = 24, opt_deliver = 25, opt_exit_on_close = 26,
  opt_high_watermark = 27, opt_low_watermark = 28, opt_send_timeout = 30, opt_delay_send = 31, opt_packet_size = 32,
  opt_read_packets = 33, opt_raw = 34, opt_send_timeout_close = 35, opt_high_msgq_watermark = 36, opt_low_msgq_watermark = 37,
  opt_netns = 38, opt_show_econnreset = 39, opt_line_delimiter = 40, opt_traffic_class = 41, opt_bind_to_device = 42,
  opt_receive_tos = 43, opt_receive_traffic_class = 44, opt_packet_options = 45, opt_ttl = 46, opt_receive_ttl = 47, opt_no_push = 48,
  opt_debug = 99,
};

enum Statistic : uint8_t {
  stat_receive_count = 1, stat_receive_max = 2, stat_receive_average = 3, stat_receive_deviation = 4, stat_send_count = 5,
  stat_send_max = 6, stat_send_average = 7, stat_send_pending = 8, stat_receive_octets = 9, stat_send_octets = 10,
};

enum Subscription : uint8_t { subscribe_empty_queue = 1 };

enum InterfaceOption : uint8_t {
  if_address = 1, if_broadcast = 2, if_destination = 3, if_mtu = 4, if_netmask = 5, if_flags = 6, if_hardware = 7,
};

}  // namespace joist::inet
