#include "vm/base/checksum.h"

#include <zlib.h>

namespace joist {

uint32_t crc32_update(uint32_t sum, const void* data, size_t size) {
  return size == 0 ? sum : uint32_t(crc32_z(sum, static_cast<const uint8_t*>(data), size));
}
uint32_t adler32_update(uint32_t sum, const void* data, size_t size) {
  return size == 0 ? sum : uint32_t(adler32_z(sum, static_cast<const uint8_t*>(data), size));
}
uint32_t crc32_join(uint32_t first, uint32_t second, size_t second_size) {
  return uint32_t(crc32_combine(first, second, z_off_t(second_size)));
}
uint32_t adler32_join(uint32_t first, uint32_t second, size_t second_size) {
  return uint32_t(adler32_combine(first, second, z_off_t(second_size)));
}

}  // namespace joist
