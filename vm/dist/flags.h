// Capability flags of the distribution protocol, exchanged in the handshake (OTP manual: erts, "Distribution Protocol").
#pragma once
#include <cstdint>

namespace joist::dist {

namespace flag {
inline constexpr uint64_t published = 0x1;               // a visible node
inline constexpr uint64_t atom_cache = 0x2;
inline constexpr uint64_t extended_references = 0x4;
inline constexpr uint64_t dist_monitor = 0x8;
inline constexpr uint64_t fun_tags = 0x10;
inline constexpr uint64_t dist_monitor_name = 0x20;
inline constexpr uint64_t hidden_atom_cache = 0x40;
inline constexpr uint64_t new_fun_tags = 0x80;
inline constexpr uint64_t extended_pids_ports = 0x100;
inline constexpr uint64_t export_ptr_tag = 0x200;
inline constexpr uint64_t bit_binaries = 0x400;
inline constexpr uint64_t new_floats = 0x800;
inline constexpr uint64_t unicode_io = 0x1000;
inline constexpr uint64_t header_atom_cache = 0x2000;    // DIST_HDR_ATOM_CACHE
inline constexpr uint64_t small_atom_tags = 0x4000;
inline constexpr uint64_t utf8_atoms = 0x10000;
inline constexpr uint64_t map_tag = 0x20000;
inline constexpr uint64_t big_creation = 0x40000;
inline constexpr uint64_t send_sender = 0x80000;
inline constexpr uint64_t big_trace_labels = 0x100000;   // BIG_SEQTRACE_LABELS
inline constexpr uint64_t exit_payload = 0x400000;
inline constexpr uint64_t fragments = 0x800000;
inline constexpr uint64_t handshake_23 = 0x1000000;
inline constexpr uint64_t unlink_id = 0x2000000;
inline constexpr uint64_t mandatory_25_digest = 0x4000000;
inline constexpr uint64_t spawn = uint64_t(1) << 32;
inline constexpr uint64_t name_me = uint64_t(2) << 32;
inline constexpr uint64_t v4_node_container = uint64_t(4) << 32;  // V4_NC
inline constexpr uint64_t alias = uint64_t(8) << 32;
}  // namespace flag

// What the node on the other side must have.
inline constexpr uint64_t mandatory_flags = flag::extended_references | flag::fun_tags | flag::extended_pids_ports | flag::utf8_atoms |
                                            flag::new_fun_tags | flag::big_creation | flag::new_floats | flag::map_tag |
                                            flag::export_ptr_tag | flag::bit_binaries | flag::handshake_23;
// What this one can.
inline constexpr uint64_t our_flags = mandatory_flags | flag::dist_monitor | flag::dist_monitor_name | flag::spawn | flag::alias |
                                      flag::unlink_id | flag::unicode_io | flag::header_atom_cache | flag::small_atom_tags |
                                      flag::send_sender | flag::big_trace_labels | flag::exit_payload | flag::fragments |
                                      flag::v4_node_container | flag::mandatory_25_digest;
// What a way of carrying packets may take out of them.
inline constexpr uint64_t rejectable_flags = flag::header_atom_cache | flag::hidden_atom_cache | flag::fragments | flag::atom_cache;
// What needs packets to arrive in the order in which they were sent.
inline constexpr uint64_t strict_order_flags = flag::header_atom_cache;

}  // namespace joist::dist
