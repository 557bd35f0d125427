#include "vm/process/place.h"

#include "vm/code/module.h"
#include "vm/process/spawn.h"

namespace joist {

Term write_place(HeapWriter& w, const Word* at, Term none) {
  CodeLocation where = at ? locate(at) : CodeLocation();
  if (!where.function) return none;
  return w.tuple(where.instance->module, where.function->function, Term::small(where.function->arity));
}

Term write_place(HeapWriter& w, const Process& p, Term none) {
  if (p.pc == spawn_defaults.apply_entry) return w.tuple(p.initial_module, p.initial_function, Term::small(p.initial_arity));
  // In the middle of a native that takes turns, or that a dirty scheduler is to run.
  const NativeEntry* native = p.seldom_used().dirty_native;
  if (!native && p.native_state) native = p.native_state->owner;
  if (native) return w.tuple(native->module, native->function, Term::small(native->arity));
  return write_place(w, p.pc, none);
}

}  // namespace joist
