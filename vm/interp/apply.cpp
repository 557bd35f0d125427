// Finding the code of calls that name their target at run time: funs, apply, exports without code.
#include "vm/interp/apply.h"

#include <vector>

#include "vm/code/export.h"
#include "vm/code/fun.h"
#include "vm/code/module.h"
#include "vm/interp/exceptions.h"
#include "vm/interp/own_code.h"
#include "vm/process/collection.h"
#include "vm/process/process_table.h"
#include "vm/process/suspend.h"
#include "vm/sys/lock.h"

namespace joist {
namespace {

bool go_to(Process& process, const Word* code, size_t live) {
  machine_state(process).callee = code;
  machine_state(process).callee_live = live;
  machine_state(process).keep_caller = false;
  return true;
}
// error, exit and throw, which show who called them: a tail call by apply must not hide that.
bool names_its_caller(const Export& e) {
  if (!e.native || !e.module.same(atom::erlang)) return false;
  return e.function.same(atom::error) || (e.arity == 1 && (e.function.same(atom::exit) || e.function.same(atom::throw_)));
}
bool go_to(Process& process, Export* target) {
  go_to(process, target->current(), target->arity);
  machine_state(process).keep_caller = names_its_caller(*target);
  return true;
}

// error_handler:`function`(a, b, c); false when that does not exist either.
bool call_error_handler(Process& process, Term function, Term a, Term b, Term c) {
  Term module = process.seldom_used().error_handler;
  Export* handler = find_export(module, function, 3);
  if (!handler || handler->is_stub(handler->current())) return false;
  process.x[0] = a;
  process.x[1] = b;
  process.x[2] = c;
  return go_to(process, handler);
}

bool fail(Process& process, Term reason) {
  set_error(process, reason);
  return false;
}
// {tag, value}
bool fail(Process& process, Term tag, Term value) {
  return fail(process, process.heap.reserve(Words(3)).tuple(tag, value));
}

// Elements of a proper list to x0…; the count, or -1 when it is improper, -2 when there are too many.
SWord spread_list(Process& process, Term list) {
  size_t n = 0;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    if (n == max_x_registers - 1) return -2;
    process.x[n++] = list.as_cons()->head;
  }
  return list.is_nil() ? SWord(n) : -1;
}

bool go_to_function(Process& process, Term module, Term function, size_t arity) {
  if (Export* target = find_export(module, function, uint32_t(arity))) return go_to(process, target);
  Term args = make_argument_list(process, arity);
  if (call_error_handler(process, atom::undefined_function, module, function, args)) return true;
  set_undefined(process, module, function, args);
  return false;
}

}  // namespace

Term make_argument_list(Process& process, size_t count) {
  HeapWriter w = process.heap.reserve(Words(2 * count));
  Term list = nil;
  while (count-- > 0) list = w.cons(process.x[count], list);
  return list;
}

bool prepare_fun_call(Process& process, Term fun_term, size_t arity) {
  if (auto fun = fun_term.as<Fun>()) {
    FunEntry* entry = fun->entry;
    if (entry->arity == arity) {
      size_t env = fun->env_size();
      if (arity + env > max_x_registers) return fail(process, atom::system_limit);
      for (size_t i = 0; i < env; i++) process.x[arity + i] = fun->env[i];
      return go_to(process, entry->address.load(std::memory_order_relaxed), arity + env);
    }
  } else if (auto external = fun_term.as<ExportFun>()) {
    if (external->target->arity == arity) return go_to(process, external->target);
  } else {
    return fail(process, atom::badfun, fun_term);
  }
  Term args = make_argument_list(process, arity);
  return fail(process, atom::badarity, process.heap.reserve(Words(3)).tuple(fun_term, args));
}

bool prepare_apply(Process& process, size_t arity) {
  Term module = process.x[arity], function = process.x[arity + 1];
  if (!module.is_atom() || !function.is_atom()) {
    Term args = make_argument_list(process, arity);
    set_native_error(process, atom::badarg, atom::apply, {module, function, args});
    return false;
  }
  if (module.same(atom::erlang) && function.same(atom::apply) && arity == 3) return prepare_apply_list(process);
  return go_to_function(process, module, function, arity);
}

bool prepare_apply_list(Process& process) {
  Term m = process.x[0], f = process.x[1], a = process.x[2];
  // apply of apply of … is one apply.
  while (m.same(atom::erlang) && f.same(atom::apply)) {
    Term items[3];
    Term rest = a;
    size_t n = 0;
    for (; n < 3 && rest.is_cons(); rest = rest.as_cons()->tail) items[n++] = rest.as_cons()->head;
    if (n != 3 || !rest.is_nil()) break;
    m = items[0];
    f = items[1];
    a = items[2];
  }
  SWord arity = m.is_atom() && f.is_atom() ? spread_list(process, a) : -1;
  if (arity < 0) {
    set_native_error(process, arity == -2 ? atom::system_limit : atom::badarg, atom::apply, {m, f, a});
    return false;
  }
  return go_to_function(process, m, f, size_t(arity));
}

bool prepare_apply_fun_list(Process& process) {
  Term fun = process.x[0], args = process.x[1];
  SWord arity = spread_list(process, args);
  if (arity < 0) {
    process.x[0] = fun;
    process.x[1] = args;
    set_native_error(process, arity == -2 ? atom::system_limit : atom::badarg, atom::apply, {fun, args});
    return false;
  }
  return prepare_fun_call(process, fun, size_t(arity));
}

// error_handler:`how`(module, function, Args), with the arguments from x.
static bool hand_over(Process& process, Term how, Term module, Term function, size_t arity) {
  Term args = make_argument_list(process, arity);
  if (call_error_handler(process, how, module, function, args)) return true;
  set_undefined(process, module, function, args);
  return false;
}

bool prepare_undefined(Process& process, Export& target) {
  return hand_over(process, atom::undefined_function, target.module, target.function, target.arity);
}

bool prepare_debugger(Process& process, const Breakpoint& b) {
  static const Term breakpoint = make_atom("breakpoint");
  return hand_over(process, breakpoint, b.module, b.function, b.arity);
}

// The fun that is being called: its environment was loaded behind the arguments.
static Term called_fun(Process& process, FunEntry& entry) {
  size_t arity = entry.arity, env = entry.num_free;
  HeapWriter w = process.heap.reserve(Words(3 + env));
  auto* fun = reinterpret_cast<Fun*>(w.take(3 + env));
  fun->header = make_header(Kind::Fun, 2 + env);
  fun->entry = &entry;
  fun->creator = process.pid;
  for (size_t i = 0; i < env; i++) fun->env[i] = process.x[arity + i];
  return fun->term();
}

bool prepare_unloaded_fun(Process& process, FunEntry& entry) {
  Term fun = called_fun(process, entry);
  Term args = make_argument_list(process, entry.arity);
  Module* module = find_module(entry.module);
  if (module && module->current.load(std::memory_order_acquire)) return fail(process, atom::badfun, fun);
  if (call_error_handler(process, atom::undefined_lambda, entry.module, fun, args)) return true;
  return fail(process, atom::undef);
}

namespace {
sys::Mutex purge_lock{sys::LockRank::Leaf};
std::vector<Term> purge_waiters;  // pids
}  // namespace

bool prepare_purge_wait(Process& process, FunEntry& entry) {
  static const Term module = make_atom("erts_code_purger"), function = make_atom("pending_purge_lambda");
  Export* pending = find_export(module, function, 3);
  if (!pending || pending->is_stub(pending->current())) return false;
  {
    sys::Locked guard(purge_lock);
    if (!entry.in_purge.load()) return false;
    purge_waiters.push_back(process.pid);
    suspend_self(process);
  }
  Term fun = called_fun(process, entry);
  Term args = make_argument_list(process, entry.arity);
  process.x[0] = entry.module;
  process.x[1] = fun;
  process.x[2] = args;
  return go_to(process, pending);
}

void end_purge_waits() {
  std::vector<Term> waiters;
  {
    sys::Locked guard(purge_lock);
    waiters.swap(purge_waiters);
  }
  for (Term pid : waiters)
    if (Process* p = find_process(pid)) send_resume(*p, 1);
}

bool prepare_hibernate(Process& process) {
  Term module = process.x[0], function = process.x[1], args = process.x[2];
  size_t arity = 0;
  Term rest = args;
  for (; rest.is_cons() && arity <= max_x_registers; rest = rest.as_cons()->tail) arity++;
  if (!module.is_atom() || !function.is_atom() || !rest.is_nil() || arity > max_x_registers - 1) {
    bool too_many = rest.is_cons();
    set_native_error(process, too_many ? atom::system_limit : atom::badarg, atom::hibernate, {module, function, args});
    return false;
  }
  process.heap.stack = process.heap.end;
  process.catches = 0;
  process.pc = own_code(OwnCode::ProcessStart);
  process.hibernating = true;
  if (takes_long(process, Collection::Hibernate)) {
    end_turn_with({Collection::Hibernate});
    return true;
  }
  Roots roots{&process, {process.x, 3}};
  collect_process(process, roots, Words(0), Collection::Hibernate);
  return true;
}

}  // namespace joist
