// What erlang:system_info/1 tells about memory by allocator.
#pragma once
#include <string>

#include "vm/code/native.h"

namespace joist {

struct Export;

bool allocator_system_info(NativeCall& c, Term item, Term* result);
// {allocator | allocator_sizes, Names} is answered by a function of erlang.erl: null when `item` is none of these.
Export* allocator_info_trap(Term item, Term* argument);
// A section =allocator:Name[0] each, as in crash dumps.
void append_allocators(std::string* out);

}  // namespace joist
