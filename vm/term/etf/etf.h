// External term format (OTP's erl_ext_dist), both ways, complete; the distribution header and atom cache are vm/dist's.
// Encoding and decoding keep explicit state, so they can stop after a budget and go on: no C recursion, no long stalls.
#pragma once
#include "gc/heap.h"
#include "vm/term/bits.h"

namespace joist::etf {

struct EncodeOptions {
  unsigned minor_version = 1;     // 0: floats as text; 2: atoms as UTF-8 always
  int compressed = 0;             // zlib level, 0 none
  bool deterministic = false;
  bool local = false;
  bool skip_magic = false;        // without the leading 131
};

// Bytes the encoding of t takes (uncompressed, with magic byte). Exact.
size_t encoded_size(Term t, const EncodeOptions& options);

class Encoder {
 public:
  Encoder(Term t, const EncodeOptions& options);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  // Works for at most `budget` units (≈ terms, or 64 bytes of data). True when done.
  bool step(size_t budget, size_t* used);
  // The bytes; caller takes the reference.
  SharedBytes* take(size_t* size);
  // Terms not yet encoded, for the collector.
  Term* pending(size_t* count);

 private:
  struct State;
  State* state_;
};

enum class DecodeError { Bad, SystemLimit, UnsafeAtom };
struct Decoded {
  Term term;
  size_t used;  // bytes read
};
struct DecodeOptions {
  bool safe = false;  // no new atoms, no new funs
};
// Validates everything and allocates in heap through reserve (huge terms: one fragment). Bytes may be unaligned in memory.
Result<Decoded, DecodeError> decode(Heap& heap, const uint8_t* data, size_t size, const DecodeOptions& options);
// Into a writer whose room decoded_words gave (literals).
Result<size_t, DecodeError> decoded_words(const uint8_t* data, size_t size);
Result<Decoded, DecodeError> decode_into(HeapWriter& w, const uint8_t* data, size_t size, const DecodeOptions& options);

}  // namespace joist::etf
