#include "vm/nif/env.h"

#include "vm/process/process_table.h"
#include "vm/sys/memory.h"

namespace joist::nif {

void OwnEnv::clear() {
  // Off-heap objects go with the newest fragment, which they are in or younger than.
  if (own.off_heap) own.fragments->off_heap = own.off_heap;
  HeapFragment::destroy_chain(own.fragments);
  own = Heap();
  raised = false;
  reason = Term();
}

Term copy_to(Env& env, Term t) {
  HeapWriter w = env.heap->reserve(Words(copy_size_with_literals(t)));
  return copy_into_with_literals(t, w);
}

Process* process_of(Term pid) { return pid.is_local_pid() ? find_process(pid) : nullptr; }

ENIF(Env*, alloc_env)() { return sys::create<OwnEnv>(sys::Alloc::Nif); }
ENIF(void, free_env)(Env* env) { sys::destroy(static_cast<OwnEnv*>(env), sys::Alloc::Nif); }
ENIF(void, clear_env)(Env* env) { static_cast<OwnEnv*>(env)->clear(); }
ENIF(Term, make_copy)(Env* env, Term t) { return copy_to(*env, t); }

// ---- exceptions
ENIF(Term, make_badarg)(Env* env) { return env->raise(atom::badarg); }
ENIF(Term, raise_exception)(Env* env, Term reason) { return env->raise(reason); }
ENIF(int, is_exception)(Env* env, Term t) { return t.is_non_value() && env->raised; }
ENIF(int, has_pending_exception)(Env* env, Term* reason) {
  if (env->raised && reason) *reason = env->reason;
  return env->raised;
}

// ---- memory
ENIF(void*, alloc)(size_t size) { return sys::try_allocate(size, sys::Alloc::Nif); }
ENIF(void*, realloc)(void* block, size_t size) { return sys::reallocate(block, size, sys::Alloc::Nif); }
ENIF(void, free)(void* block) { sys::release(block, sys::Alloc::Nif); }

}  // namespace joist::nif
