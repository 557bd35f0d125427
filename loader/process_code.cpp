#include "loader/process_code.h"

namespace joist {

bool process_uses_old_code(Process& process, Term name) {
  Module* module = find_module(name);
  CodeInstance* old = module ? module->old.load(std::memory_order_acquire) : nullptr;
  if (!old) return false;
  if (process.pc && old->contains(process.pc)) return true;
  for (const Word* p = process.heap.stack; p < process.heap.end; p++) {
    if (*p == 0 || Term::from_raw(*p).tag() != Tag::Header) continue;
    if (old->contains(reinterpret_cast<const Word*>(*p) - 1)) return true;
  }
  return false;
}

}  // namespace joist
