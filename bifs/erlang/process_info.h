#pragma once
#include "vm/process/process.h"

namespace joist {

Term priority_atom(Priority p);
// #{size, kill, error_logger}
Term max_heap_term(Heap& heap, uint64_t size, bool kill, bool log);
// As process_info(P, memory) tells it.
size_t process_memory_bytes(const Process& process);
// What processes/0 charges for: it looks at that many slots of the process table at a time.
inline constexpr size_t processes_slots_a_step = 512, processes_slots_a_reduction = 16, processes_pids_a_reduction = 16;
// All items that process_info/2 knows.
Term process_info_items(Heap& heap);

}  // namespace joist
