#include "bifs/prim/zlib_stream.h"

namespace joist {
namespace {
const char stream_type = 0;
}

ZlibStream::ZlibStream(Term owner) : controller(owner.raw()) { type = &stream_type; }
ZlibStream::~ZlibStream() { end(); }

void ZlibStream::end() {
  if (state == State::Deflate) deflateEnd(&z);
  if (state == State::Inflate) inflateEnd(&z);
  state = State::Closed;
  stash.reset();
}

void ZlibStream::forget_input() {
  input.clear();
  stash.reset();
}

ZlibStream::Step ZlibStream::work(uint8_t* output, size_t size, size_t limit, int flush) {
  auto codec = [this](int how) { return state == State::Deflate ? deflate(&z, how) : inflate(&z, how); };
  z.next_out = output;
  z.avail_out = uInt(size);
  Step step{Z_OK, 0, 0};
  while (step.result == Z_OK && input.size() > 0 && step.consumed < limit) {
    ByteQueue::Span piece = input.front();
    size_t n = piece.size < limit - step.consumed ? piece.size : limit - step.consumed;
    z.next_in = const_cast<uint8_t*>(piece.data);
    z.avail_in = uInt(n);
    step.result = codec(Z_NO_FLUSH);
    size_t used = n - z.avail_in;
    if (raw && state == State::Deflate) input_crc = uint32_t(crc32_z(input_crc, piece.data, used));
    input.skip(used);
    step.consumed += used;
    if (used == 0 || z.avail_out == 0) break;
  }
  if (step.result == Z_OK && input.size() == 0 && z.avail_out > 0) {
    z.next_in = nullptr;
    z.avail_in = 0;
    step.result = codec(flush);
  }
  step.produced = size - z.avail_out;
  if (raw && state == State::Inflate) output_crc = uint32_t(crc32_z(output_crc, output, step.produced));
  return step;
}

ZlibStream* zlib_stream_of(Term t) {
  auto ref = t.as<MagicRef>();
  return ref && ref->object->type == &stream_type ? static_cast<ZlibStream*>(ref->object) : nullptr;
}

}  // namespace joist
