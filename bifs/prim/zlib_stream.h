// A zlib stream as Erlang holds it. Only its controlling process may use it, so it needs no lock.
#pragma once
#include <zlib.h>

#include <atomic>
#include <memory>

#include "bifs/prim/byte_queue.h"
#include "vm/process/relations.h"
#include "vm/term/magic.h"

namespace joist {

struct ZlibStream final : MagicObject {
  enum class State : uint8_t { None, Deflate, Inflate, Closed };
  // What becomes of input behind the end of an inflated stream.
  enum class AfterEnd : int { Error = 0, Reset = 1, Cut = 2 };

  z_stream z{};
  State state = State::None;
  AfterEnd after_end = AfterEnd::Cut;
  bool raw = false;
  bool end_seen = false;
  uint32_t input_crc = 0, output_crc = 0;  // of the plain text of raw streams, for zlib:crc32/1
  int chunk_size = 4000;                   // zlib:setBufSize/2
  std::atomic<Word> controller{0};         // raw pid
  ByteQueue input;
  std::unique_ptr<KeptTerm> stash;         // a term that zlib.erl keeps between calls

  explicit ZlibStream(Term owner);
  ~ZlibStream() override;
  void end();
  void forget_input();

  struct Step {
    int result;  // zlib's
    size_t produced, consumed;
  };
  // Feeds at most `limit` bytes of the input to the codec; flushes it as told once the input is used up.
  Step work(uint8_t* output, size_t size, size_t limit, int flush);
};

// Null when the term is none.
ZlibStream* zlib_stream_of(Term t);

}  // namespace joist
