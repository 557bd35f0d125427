// CRC-32 and Adler-32 (zlib's), with sizes beyond 4 GB.
#pragma once
#include <cstddef>
#include <cstdint>

namespace joist {

// `sum` is that of what came before: crc32 starts with 0, adler32 with 1.
uint32_t crc32_update(uint32_t sum, const void* data, size_t size);
uint32_t adler32_update(uint32_t sum, const void* data, size_t size);
// The sum of two pieces, from theirs and the second one's size.
uint32_t crc32_join(uint32_t first, uint32_t second, size_t second_size);
uint32_t adler32_join(uint32_t first, uint32_t second, size_t second_size);

}  // namespace joist
