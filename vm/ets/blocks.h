// Memory for objects. The allocator's sizes lie 12 to 25 % apart; a large object would lose more by that than OTP's costs in headers.
// So blocks up to 8 KiB come from slabs here, in sizes that lie 16 to 128 bytes apart; larger ones from the allocator. Since the objects
// of one table lie in few chunks of memory, those can be of large pages: looking up objects at random is waiting for memory.
//
// A slab (64 KiB, at a multiple of that) has blocks of one size. It belongs to the shard of the thread that took it, whose lock guards its
// list of free blocks; any thread may free. An empty slab goes back to the pool, from which every shard takes.
#pragma once
#include "vm/base/types.h"

namespace joist::ets {

void* allocate_block(size_t bytes);
// bytes: as at allocation.
void release_block(void* block, size_t bytes);
// What a block of so many bytes takes.
size_t block_size(size_t bytes);

}  // namespace joist::ets
