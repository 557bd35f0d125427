#pragma once
#include "vm/process/process.h"

namespace joist {

Term priority_atom(Priority p);
// #{size, kill, error_logger}
Term max_heap_term(Heap& heap, uint64_t size, bool kill, bool log);
// As process_info(P, memory) tells it.
size_t process_memory_bytes(const Process& process);
// {Item, Value}, built on the process's own heap; the non-value for an item that does not exist. self: asked by the process itself.
Term process_info_item(Process& process, Term item, bool self);

}  // namespace joist
