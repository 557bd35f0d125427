// Suspending other processes: counted; a suspended process runs no code but handles its signals.
#pragma once
#include "vm/process/relations.h"

namespace joist {

// On the thread that runs the process.
inline void suspend_self(Process& p) {
  if (p.suspend_count++ == 0) p.state.fetch_or(process_state::Suspended, std::memory_order_seq_cst);
}
inline void resume_self(Process& p) {
  if (p.suspend_count && --p.suspend_count == 0) p.state.fetch_and(~uint32_t(process_state::Suspended), std::memory_order_seq_cst);
}
// Sends the signal that takes back `count` suspensions of another process.
void send_resume(Process& to, uint32_t count);

}  // namespace joist
