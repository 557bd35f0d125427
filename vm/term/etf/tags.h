// Tags of the external term format (OTP manual: erts, "External Term Format").
#pragma once
#include <cstdint>
#include <cstring>

#include "vm/base/types.h"

namespace joist::etf {

enum Tag : uint8_t {
  version_magic = 131,
  tag_new_float = 70,
  tag_bit_binary = 77,
  tag_compressed = 80,
  tag_atom_cache_ref = 82,
  tag_new_pid = 88,
  tag_new_port = 89,
  tag_newer_reference = 90,
  tag_small_integer = 97,
  tag_integer = 98,
  tag_float = 99,
  tag_atom = 100,
  tag_reference = 101,
  tag_port = 102,
  tag_pid = 103,
  tag_small_tuple = 104,
  tag_large_tuple = 105,
  tag_nil = 106,
  tag_string = 107,
  tag_list = 108,
  tag_binary = 109,
  tag_small_big = 110,
  tag_large_big = 111,
  tag_new_fun = 112,
  tag_export = 113,
  tag_new_reference = 114,
  tag_small_atom = 115,
  tag_map = 116,
  tag_fun = 117,  // read by no OTP since 23
  tag_atom_utf8 = 118,
  tag_small_atom_utf8 = 119,
  tag_v4_port = 120,
};

inline constexpr size_t max_reference_ids = 5;
inline constexpr uint32_t max_reference = 1u << 18;  // bound of a local reference's first number
inline constexpr uint32_t max_pid_number = (1u << 28) - 1;
inline constexpr size_t float_text_bytes = 31;

inline uint16_t get16(const uint8_t* p) { return uint16_t(p[0] << 8 | p[1]); }
inline uint32_t get32(const uint8_t* p) {
  uint32_t v;
  std::memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}
inline uint64_t get64(const uint8_t* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return __builtin_bswap64(v);
}
inline void put16(uint8_t* p, uint16_t v) {
  p[0] = uint8_t(v >> 8);
  p[1] = uint8_t(v);
}
inline void put32(uint8_t* p, uint32_t v) {
  v = __builtin_bswap32(v);
  std::memcpy(p, &v, 4);
}
inline void put64(uint8_t* p, uint64_t v) {
  v = __builtin_bswap64(v);
  std::memcpy(p, &v, 8);
}

}  // namespace joist::etf
