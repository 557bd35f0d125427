// Tracers that are modules (behaviour erl_tracer), and the one that is built in.
#include "bifs/trace/tracer_module.h"

#include <string>
#include <utility>

#include "bifs/bif.h"
#include "vm/nif/library.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/term/map.h"
#include "vm/trace/tracer.h"

namespace joist {

namespace {

// The NIF of the module's current code; null when there is none.
const nif::Function* find_nif(const nif::Library& library, std::string_view name, size_t arity) {
  for (int i = 0; i < library.entry.function_count; i++) {
    const nif::Function& f = library.functions[size_t(i)];
    if (f.entries[0].arity == arity && atom_text(f.entries[0].function) == name) return &f;
  }
  return nullptr;
}

nif::Library* library_of(Term module) {
  Module* m = find_module(module);
  CodeInstance* code = m ? m->current.load(std::memory_order_acquire) : nullptr;
  return code ? static_cast<nif::Library*>(code->nif_library) : nullptr;
}

// A library that stays while one of its functions is called from outside of its module.
class Held {
 public:
  explicit Held(Term module) : library_(library_of(module)) {
    if (library_) library_->retain();
  }
  ~Held() {
    if (library_) library_->release();
  }
  nif::Library* operator->() const { return library_; }
  nif::Library* get() const { return library_; }
  // general or general_topic
  const nif::Function* find(const char* general, const char* topic, size_t arity) const {
    if (!library_) return nullptr;
    const nif::Function* f = topic ? find_nif(*library_, std::string(general) + "_" + topic, arity) : nullptr;
    return f ? f : find_nif(*library_, general, arity);
  }

 private:
  QuiescentSection section_;
  nif::Library* library_;
};

bool exists(Term module) {
  Held library(module);
  return library.find("enabled", nullptr, 3) && library.find("trace", nullptr, 5);
}

Term enabled(Term module, const char* topic, Term tag, Term state, Term tracee) {
  static const Term remove = make_atom("remove");
  Held library(module);
  const nif::Function* f = library.find("enabled", topic, 3);
  if (!f) return remove;
  nif::OwnEnv env(library.get());
  const Term arguments[] = {tag, state, tracee};
  Term verdict = f->fn(&env, 3, arguments);
  return verdict.is_atom() ? verdict : remove;
}

Term timestamp_name(Timestamp kind) {
  switch (kind) {
    case Timestamp::Cpu: return make_atom("cpu_timestamp");
    case Timestamp::Monotonic: return make_atom("monotonic");
    case Timestamp::StrictMonotonic: return make_atom("strict_monotonic");
    default: return make_atom("timestamp");
  }
}

Term options_of(Heap& heap, const trace::ModuleEvent& e) {
  Term pairs[8];
  size_t n = 0;
  auto add = [&](const char* key, Term value) {
    pairs[2 * n] = make_atom(key);
    pairs[2 * n++ + 1] = value;
  };
  if (e.extra.is_value()) add("extra", e.extra);
  if (!e.result.same(atom::true_)) add("match_spec_result", e.result);
  if (e.scheduler >= 0) add("scheduler_id", Term::small(e.scheduler));
  if (e.timestamp != Timestamp::None) add("timestamp", timestamp_name(e.timestamp));
  return map::from_pairs(heap, pairs, n);
}

// While its tracer's NIF runs, what a process does there is not its own.
class Untraced {
 public:
  explicit Untraced(Process* p) : process_(p) {
    if (!p) return;
    trace_ = std::exchange(p->trace, nullptr);
    token_ = std::exchange(p->sequence_token, nil);
  }
  ~Untraced() {
    if (!process_) return;
    process_->trace = trace_;
    process_->sequence_token = token_;
  }
  Untraced(const Untraced&) = delete;
  Untraced& operator=(const Untraced&) = delete;

 private:
  Process* process_;
  void* trace_ = nullptr;
  Term token_;
};

void tell(Term module, const char* topic, const trace::ModuleEvent& e) {
  Held library(module);
  const nif::Function* f = library.find("trace", topic, 5);
  if (!f) return;
  nif::OwnEnv env(library.get());
  env.process = e.self;
  Untraced untraced(e.self);
  const Term arguments[] = {e.tag, e.state, e.tracee, e.message, options_of(*env.heap, e)};
  f->fn(&env, 5, arguments);
}

}  // namespace

void init_module_tracing() {
  trace::module_tracing.exists = exists;
  trace::module_tracing.enabled = enabled;
  trace::module_tracing.trace = tell;
}

// What erl_tracer says of a tracer that is a process or port.
BIF(erl_tracer, enabled, 3) {
  static const Term trace_status = make_atom("trace_status"), remove = make_atom("remove"), discard = make_atom("discard");
  Term state = c.arg(1);
  bool there = (state.is_local_pid() || state.is_local_port()) && trace::Tracer(state).alive();
  if (!there) return c.arg(0).same(trace_status) ? remove : discard;
  return state.same(c.arg(2)) ? discard : atom::trace;
}

// Sends the message that the options say.
BIF(erl_tracer, trace, 5) {
  static const Term seq_trace = make_atom("seq_trace");
  static const struct {
    Term name;
    uint32_t flag;
  } timestamps[] = {{make_atom("timestamp"), trace::flag_timestamp},
                    {make_atom("cpu_timestamp"), trace::flag_timestamp},
                    {make_atom("monotonic"), trace::flag_monotonic_timestamp},
                    {make_atom("strict_monotonic"), trace::flag_strict_monotonic_timestamp}};
  Term tag = c.arg(0), state = c.arg(1), tracee = c.arg(2), message = c.arg(3), options = c.arg(4);
  bool there = state.is_local_pid() || state.is_local_port();
  if (!tag.is_atom() || !there || !is_map(options)) return badarg();
  auto option = [&](const char* key) { return map::get(options, make_atom(key)); };
  uint32_t flags = option("scheduler_id").is_value() ? uint32_t(trace::flag_scheduler_id) : 0;
  Term time = option("timestamp");
  for (const auto& t : timestamps)
    if (time.is_value() && t.name.same(time)) flags |= t.flag;
  trace::Tracer tracer(state);
  if (tag.same(seq_trace)) {
    trace::deliver_sequence(tracer, flags, c.process, tracee, message);
    return atom::ok;
  }
  Term result = option("match_spec_result");
  trace::deliver(tracer, flags, tracee, {tag, message, option("extra"), result.is_value() ? result : atom::true_});
  return atom::ok;
}

}  // namespace joist
