// What belongs to the struct itself: its roots and the saved registers. README.md tells the life of a process.
#include "vm/process/process.h"

#include <cstring>

#include "vm/process/hooks.h"
#include "vm/process/spawn.h"
#include "vm/sys/memory.h"

namespace joist {

ProcessHooks process_hooks;
SpawnDefaults spawn_defaults;

// Saved x registers are not visited: whoever collects passes them as the live roots.
void Process::visit_roots(RootVisitor& visitor) {
  if (seldom_) visitor.visit(&seldom_->exception.reason, 4);
  if (native_state) native_state->visit_roots(visitor);
  visitor.visit(group_leader);
  visitor.visit(parent);
  visitor.visit(exit_reason);
  if (dictionary) visitor.visit(dictionary, dictionary_capacity);
  visitor.visit(sequence_token);
  if (messages.adopted_last) {
    for (Signal* m = messages.first;; m = m->next) {
      if (m->adopted) {
        visitor.visit(m->payload);
        visitor.visit(m->from);
        visitor.visit(m->token);
      }
      if (m == messages.adopted_last) break;
    }
  }
  if (messages.markers)
    for (MessageQueue::Marker& m : *messages.markers) visitor.visit(m.ref);
  if (process_hooks.visit_roots) process_hooks.visit_roots(*this, visitor);
}
static_assert(offsetof(PendingException, cause) == offsetof(PendingException, reason) + 3 * sizeof(Term));

SeldomUsed& Process::make_seldom() {
  seldom_ = sys::create<SeldomUsed>(sys::Alloc::Process);
  return *seldom_;
}

void save_x(Process& process, const Term* x, size_t live) {
  if (live > process.saved_capacity) {
    if (process.saved_x != process.inline_x) sys::release(process.saved_x, sys::Alloc::Process);
    process.saved_x = static_cast<Term*>(sys::allocate(live * sizeof(Term), sys::Alloc::Process));
    process.saved_capacity = uint16_t(live);
  }
  memmove(static_cast<void*>(process.saved_x), x, live * sizeof(Term));
  process.saved_live = uint16_t(live);
}

}  // namespace joist
