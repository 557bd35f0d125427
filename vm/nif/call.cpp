// Calling NIFs, and what one may say besides its result: an exception, a call to make in its place, the time it took.
//
// A scheduled call (enif_schedule_nif) is a NativeState of the process, owned by the function's entry for the place that was asked for:
// the NIF says elsewhere(), and the machine goes on with that entry, which finds its arguments in the state.
#include <algorithm>
#include <memory>

#include "vm/nif/library.h"
#include "vm/sched/scheduler.h"

namespace joist::nif {

ENIF(Term, make_atom)(Env* env, const char* name);

namespace {

constexpr int most_arguments = 255;

struct ScheduledCall final : NativeState {
  NifFn fn;
  int count;
  std::unique_ptr<Term[]> arguments;
  void visit_roots(RootVisitor& visitor) override { visitor.visit(arguments.get(), size_t(count)); }
};

NativeResult call(NativeCall& c, const Function& f) {
  Env env(&c.heap(), &c.process, f.library);
  // What was scheduled is taken out first: the call may schedule another.
  std::unique_ptr<ScheduledCall> scheduled(c.state<ScheduledCall>());
  if (scheduled) c.process.native_state = nullptr;
  Term result = scheduled ? scheduled->fn(&env, scheduled->count, scheduled->arguments.get()) : f.fn(&env, c.entry->arity, c.args);
  if (env.raised) {
    c.set_state(nullptr);
    return c.error(env.reason);
  }
  if (env.scheduled >= 0) {
    c.process.native_state->owner = &f.entries[env.scheduled];
    return c.elsewhere();
  }
  if (result.is_non_value()) PANIC("%s:%s/%d of a NIF library returned no term", c.entry->module_text, c.entry->function_text, c.entry->arity);
  return result;
}

}  // namespace

NativeResult call_function(NativeCall& c) { return call(c, *static_cast<const Entry*>(c.entry)->nif); }

void hold_library(const NativeEntry& native, bool on) {
  if (native.fn != call_function) return;
  Library& library = *static_cast<const Entry&>(native).nif->library;
  if (on) library.retain();
  else library.release();
}

ENIF(Term, schedule_nif)(Env* env, const char* name, int flags, NifFn fn, int count, const Term arguments[]) {
  bool known = flags >= int(job_normal) && flags <= int(job_dirty_io);
  if (!env->process || !known || count < 0 || count > most_arguments) return env->raise(atom::badarg);
  Term name_atom = enif_make_atom(env, name);
  if (name_atom.is_non_value()) return name_atom;
  auto* scheduled = new ScheduledCall;
  scheduled->fn = fn;
  scheduled->count = count;
  scheduled->arguments.reset(new Term[size_t(count)]);
  for (int i = 0; i < count; i++) scheduled->arguments[size_t(i)] = arguments[i];
  delete env->process->native_state;
  env->process->native_state = scheduled;
  env->scheduled = flags;
  return Term();
}

ENIF(int, consume_timeslice)(Env* env, int percent) {
  percent = percent < 1 ? 1 : percent > 100 ? 100 : percent;
  Process& process = *env->process;
  // Never more than the slice has left.
  process.reductions -= std::min(process.reductions, (reductions_per_slice + 99) / 100 * percent);
  return process.reductions <= 0;
}

ENIF(void*, priv_data)(Env* env) { return env->library ? env->library->data : nullptr; }

}  // namespace joist::nif
