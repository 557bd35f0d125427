// What is written to a port, in pieces: large binaries are referred to, the rest is copied together.
#pragma once
#include <vector>

#include "vm/term/shared_bytes.h"
#include "vm/term/term.h"

namespace joist {

struct IoVector {
  struct Piece {
    SharedBytes* owner;  // one reference; its bytes lie behind it (SharedBytes::is_inline)
    uint8_t* data;
    size_t size;
  };
  std::vector<Piece> pieces;
  size_t bytes = 0;

  IoVector() = default;
  IoVector(IoVector&& other) : pieces(std::move(other.pieces)), bytes(other.bytes) { other.pieces.clear(); }
  IoVector& operator=(IoVector&&) = delete;
  ~IoVector() {
    for (const Piece& p : pieces) p.owner->release();
  }
  // False when t is no I/O list.
  bool add(Term t);
};

}  // namespace joist
