// Purging: the last phase of a module version's life. erts_code_purger asks for its steps in order.
//
//   prepare    calls of the old version's funs wait for the end of the purge; after a grace period nobody can get into the code any more
//   (erts_code_purger now has every process checked, and kills or spares those that still run in it)
//   complete   the code leaves the ranges and is freed after a grace period
//   abort      the funs work again
#include "bifs/erlang/code_permission.h"
#include "bifs/literal_release.h"
#include "loader/link.h"
#include "loader/process_code.h"
#include "vm/code/ranges.h"
#include "vm/interp/apply.h"
#include "vm/nif/library.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"

namespace joist {

namespace {

std::atomic<Word> purging{0};           // raw module; only the purger changes it

struct Grace {
  Term waiter;  // pid
  std::shared_ptr<std::atomic<bool>> over;
};
void end_grace(void* object) {
  auto* grace = static_cast<Grace*>(object);
  grace->over->store(true);
  if (Process* waiter = find_process(grace->waiter)) wake_waiting(*waiter);
  delete grace;
}

CodeInstance* saved_old = nullptr;  // while code of a failed on_load function is purged in its place

NativeResult prepare(NativeCall& c, Module* module, bool on_load) {
  if (purging.load()) return badarg();
  if (!module) return atom::false_;
  if (on_load) {
    if (!module->pending_on_load) return badarg();
    saved_old = module->old.load();
    module->old.store(module->pending_on_load);
    module->pending_on_load = nullptr;
  }
  CodeInstance* old = module->old.load();
  if (!old) return atom::false_;
  purging.store(module->name.raw());
  purge_cut_funs(*old);
  code_permission_release(c.process.pid);
  return grace_has_passed(c) ? NativeResult(atom::true_) : c.wait();
}

}  // namespace

bool grace_has_passed(NativeCall& c) {
  auto* state = c.state<PermissionState>();
  if (!state->grace) {
    state->grace = std::make_shared<std::atomic<bool>>(false);
    retire_code(new Grace{c.process.pid, state->grace}, end_grace);
  }
  return *state->grace;
}

BIF(erts_internal, purge_module, 2) {
  Term name = c.arg(0), op = c.arg(1);
  if (!name.is_atom()) return badarg();
  if (auto* state = c.state<PermissionState>(); state && state->grace)
    return *state->grace ? NativeResult(atom::true_) : c.wait();
  if (!may_change_code(c)) return c.wait();
  Module* module = find_module(name);
  if (op.same(atom::prepare) || op.same(atom::prepare_on_load)) return prepare(c, module, op.same(atom::prepare_on_load));
  if (purging.load() != name.raw()) return badarg();
  CodeInstance* old = module->old.load();
  if (op.same(atom::abort)) {
    if (old) purge_restore_funs(*old);
    end_purge_waits();
    purging.store(0);
    return atom::false_;
  }
  if (!op.same(atom::complete)) return badarg();
  purging.store(0);
  if (!old) return atom::false_;
  module->old.store(saved_old);
  saved_old = nullptr;
  nif::unload_library(*old);
  LiteralArea* literals = nullptr;
  purge_instance(old, &literals);
  end_purge_waits();
  release_literals(literals);
  return atom::true_;
}

BIF(erts_internal, check_process_code, 1) {
  if (!c.arg(0).is_atom()) return badarg();
  return boolean(process_uses_old_code(c.process, c.arg(0)));
}

BIF(erlang, check_old_code, 1) {
  if (!c.arg(0).is_atom()) return badarg();
  Module* module = find_module(c.arg(0));
  return boolean(module && module->old.load());
}

}  // namespace joist
