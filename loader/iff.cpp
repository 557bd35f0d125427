// IFF as .beam files use it. The form's size field bounds the chunks; what follows it is ignored, as OTP does.
#include "loader/iff.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "loader/reader.h"
#include "vm/base/md5.h"

namespace joist {

std::unique_ptr<uint8_t[]> inflate_all(std::span<const uint8_t> data, int window, size_t limit, size_t* size) {
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) return nullptr;
  // A deflate stream expands at most about 1032 times: no more than that is ever allocated for lying length fields.
  limit = std::min(limit, data.size() * 1032 + 64);
  size_t capacity = std::min(limit, std::max<size_t>(data.size() * 4, 4096));
  auto out = std::make_unique_for_overwrite<uint8_t[]>(capacity);
  stream.next_in = const_cast<uint8_t*>(data.data());
  stream.avail_in = uInt(data.size());
  size_t have = 0;
  for (;;) {
    stream.next_out = out.get() + have;
    stream.avail_out = uInt(std::min<size_t>(capacity - have, 1u << 30));
    size_t room = stream.avail_out;
    int status = inflate(&stream, Z_NO_FLUSH);
    have += room - stream.avail_out;
    if (status == Z_STREAM_END) break;
    if ((status != Z_OK && status != Z_BUF_ERROR) || stream.avail_out != 0 || (have == capacity && capacity == limit)) {
      inflateEnd(&stream);
      return nullptr;
    }
    if (have == capacity) {
      size_t grown = std::min(limit, capacity * 2);
      auto more = std::make_unique_for_overwrite<uint8_t[]>(grown);
      std::memcpy(more.get(), out.get(), have);
      out = std::move(more);
      capacity = grown;
    }
  }
  inflateEnd(&stream);
  *size = have;
  return out;
}

Result<BeamFile, LoadError> BeamFile::open(std::span<const uint8_t> bytes) {
  BeamFile file;
  if (bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) {
    size_t size = 0;
    file.inflated_ = inflate_all(bytes, 31, size_t(1) << 31, &size);
    if (!file.inflated_) return LoadError{"corrupt gzip data"};
    bytes = {file.inflated_.get(), size};
  }
  Reader in(bytes);
  uint32_t form = in.u32(), size = in.u32();
  if (!in.ok() || form != chunk_id("FOR1")) return LoadError{"not an IFF file"};
  if (size > in.left()) return LoadError{"the file is cut off"};
  in = Reader(in.bytes(size));
  if (in.u32() != chunk_id("BEAM")) return LoadError{"IFF form is not BEAM"};
  file.body_ = in.rest();
  size_t at = 0;
  uint32_t id;
  std::span<const uint8_t> content;
  while (file.next(&at, &id, &content)) {
  }
  if (at != file.body_.size()) return LoadError{"a chunk reaches beyond the end of the file"};
  return file;
}

bool BeamFile::next(size_t* at, uint32_t* id, std::span<const uint8_t>* content) const {
  Reader in(body_.subspan(*at));
  *id = in.u32();
  size_t size = in.u32();
  *content = in.bytes(size);
  if (!in.ok()) return false;
  size_t padding = -size & 3;
  if (padding > in.left()) return false;
  *at += 8 + size + padding;
  return true;
}

std::span<const uint8_t> BeamFile::chunk(uint32_t wanted) const {
  std::span<const uint8_t> found;
  each([&](uint32_t id, std::span<const uint8_t> content) {
    if (id == wanted) found = content;
  });
  return found;
}

bool BeamFile::md5(uint8_t digest[16]) const {
  Md5 md5;
  auto add = [&](uint32_t id) {
    auto content = chunk(id);
    md5.update(content.data(), content.size());
  };
  add(chunk_id("AtU8"));
  add(chunk_id("Code"));
  add(chunk_id("StrT"));
  add(chunk_id("ImpT"));
  add(chunk_id("ExpT"));
  auto lambdas = chunk(chunk_id("FunT"));
  if (!lambdas.empty()) {
    if (lambdas.size() < 4 || (lambdas.size() - 4) % 24 != 0) return false;
    md5.update(lambdas.data(), 4);
    for (size_t at = 4; at < lambdas.size(); at += 24) {
      static constexpr uint8_t zero[4] = {};
      md5.update(lambdas.data() + at, 20);
      md5.update(zero, 4);  // old_uniq depends on the machine that compiled it
    }
  }
  add(chunk_id("LitT"));
  add(chunk_id("Meta"));
  add(chunk_id("Recs"));
  add(chunk_id("DbgB"));
  md5.finish(digest);
  return true;
}

}  // namespace joist
