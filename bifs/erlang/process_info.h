#pragma once
#include "vm/process/process.h"

namespace joist {

Term priority_atom(Priority p);
// #{size, kill, error_logger}
Term max_heap_term(Heap& heap, uint64_t size, bool kill, bool log);
// As process_info(P, memory) tells it.
size_t process_memory_bytes(const Process& process);
// All items that process_info/2 knows.
Term process_info_items(Heap& heap);

}  // namespace joist
