// The literal area of a module: planned while the file is read, built at once when its size is known.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "vm/base/types.h"

namespace joist {

struct LiteralPlan {
  std::unique_ptr<uint8_t[]> inflated;                 // LitT's content, when it was compressed
  std::vector<std::span<const uint8_t>> encoded;       // literals 0…n-1 in external term format
  std::vector<std::span<const uint8_t>> file_names;    // UTF-8; files 1…
  std::span<const uint8_t> attributes, compile_info;   // external term format; may be empty
};

}  // namespace joist
