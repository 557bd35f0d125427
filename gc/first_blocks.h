// Heaps of processes that never collected: blocks of exactly the default first size.
#pragma once
#include "vm/base/types.h"

namespace joist::gc_detail {

inline constexpr size_t first_block_words = 233;

// Uninitialised. Any thread.
Word* take_first_block();
// Any thread may give back what another took.
void give_first_block(Word* block);

}  // namespace joist::gc_detail
