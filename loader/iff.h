// The container of a .beam file: IFF form BEAM, chunks padded to four bytes; the whole may be gzipped.
#pragma once
#include <memory>
#include <span>

#include "loader/generic.h"

namespace joist {

constexpr uint32_t chunk_id(const char (&name)[5]) {
  return uint32_t(uint8_t(name[0])) << 24 | uint32_t(uint8_t(name[1])) << 16 | uint32_t(uint8_t(name[2])) << 8 | uint8_t(name[3]);
}

// A beam file's bytes; inflated into memory of its own when the file was compressed.
class BeamFile {
 public:
  // Checks the container. `bytes` must outlive the BeamFile.
  static Result<BeamFile, LoadError> open(std::span<const uint8_t> bytes);
  // The last chunk of that name (OTP too takes the last); empty when there is none.
  std::span<const uint8_t> chunk(uint32_t id) const;
  // True when there is such a chunk, even an empty one.
  bool has_chunk(uint32_t id) const { return chunk(id).data() != nullptr; }
  // Calls f(id, content) for each chunk in order.
  template <class F>
  void each(F f) const {
    size_t at = 0;
    uint32_t id;
    std::span<const uint8_t> content;
    while (next(&at, &id, &content)) f(id, content);
  }
  // MD5 of what a module is: code:module_md5/1, module_info(md5), the uniq of its funs. False when FunT is malformed.
  bool md5(uint8_t digest[16]) const;

 private:
  bool next(size_t* at, uint32_t* id, std::span<const uint8_t>* content) const;
  std::span<const uint8_t> body_;  // the chunks
  std::unique_ptr<uint8_t[]> inflated_;
};

// Inflates zlib (window 15) or gzip (31) data of at most `limit` bytes; the size is returned through *size. Null when malformed.
std::unique_ptr<uint8_t[]> inflate_all(std::span<const uint8_t> data, int window, size_t limit, size_t* size);

}  // namespace joist
