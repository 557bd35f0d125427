// Loading and deleting modules. What is prepared is held by a magic reference and consumed by finish_loading.
#include <algorithm>
#include <vector>

#include "bifs/erlang/code_permission.h"
#include "bifs/file_names.h"
#include "loader/link.h"
#include "vm/nif/library.h"
#include "vm/term/bits.h"
#include "vm/term/magic_ref.h"

namespace joist {

namespace {

// Prepared code that was not consumed yet; null for any other term.
PreparedModule* prepared_module(Term t) {
  auto ref = t.as<MagicRef>();
  if (!ref || ref->object->type != &PreparedModule::magic_type) return nullptr;
  auto* prepared = static_cast<PreparedModule*>(ref->object);
  return prepared->instance ? prepared : nullptr;
}

Term name_list(Heap& heap, const std::vector<Term>& names) {
  HeapWriter w = heap.reserve(Words(2 * names.size()));
  Term list = nil;
  for (Term name : names) list = w.cons(name, list);
  return list;
}

NativeResult refusal(NativeCall& c, Term why, const std::vector<Term>& names) {
  Term list = name_list(c.heap(), names);
  return c.heap().reserve(Words(3)).tuple(why, list);
}

}  // namespace

// A reference to prepared code, or {error, badfile}.
BIF(erts_internal, prepare_loading, 2) {
  if (!c.arg(0).is_atom() || !is_bits(c.arg(1)) || bits::size_bits(c.arg(1)) % 8 != 0) return badarg();
  bits::AlignedBytes file(c.arg(1));
  c.charge(file.size / 32);
  auto prepared = prepare_module(c.arg(0), {file.data, file.size});
  if (prepared) {
    HeapWriter w = c.heap().reserve(Words(magic_ref_words));
    return make_magic_ref(w, *prepared);
  }
  report_load_error(c.arg(0), prepared.error());
  return c.heap().reserve(Words(3)).tuple(atom::error, atom::badfile);
}

BIF(erlang, has_prepared_code_on_load, 1) {
  PreparedModule* prepared = prepared_module(c.arg(0));
  if (!prepared) return badarg();
  return boolean(prepared->has_on_load());
}

// ok, or {Why, Modules}: duplicated, not_purged, on_load (not an error: their on_load functions must be run now).
BIF(erlang, finish_loading, 1) {
  if (!may_change_code(c)) return c.wait();
  std::vector<PreparedModule*> modules;
  Term list = c.arg(0);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    PreparedModule* prepared = prepared_module(list.as_cons()->head);
    if (!prepared) return badarg();
    modules.push_back(prepared);
  }
  if (!list.is_nil()) return badarg();
  bool any_on_load = std::any_of(modules.begin(), modules.end(), [](auto* m) { return m->has_on_load(); });
  if (modules.size() > 1 && any_on_load) return system_limit();

  std::vector<Term> names, again, not_purged;
  for (PreparedModule* m : modules) {
    if (std::any_of(names.begin(), names.end(), [&](Term name) { return name.same(m->name); })) again.push_back(m->name);
    names.push_back(m->name);
    Module& module = *get_module(m->name);
    if ((module.current.load() && module.old.load()) || module.pending_on_load) not_purged.push_back(m->name);
  }
  if (!again.empty()) return refusal(c, atom::duplicated, again);
  if (!not_purged.empty()) return refusal(c, atom::not_purged, not_purged);
  bool replaces = std::any_of(modules.begin(), modules.end(), [](auto* m) { return get_module(m->name)->current.load(); });
  if (replaces && !grace_has_passed(c)) return c.wait();
  finish_modules(modules);
  c.charge(20 * modules.size());
  if (any_on_load) return refusal(c, atom::on_load, names);
  return atom::ok;
}

BIF(erlang, delete_module, 1) {
  if (!c.arg(0).is_atom()) return badarg();
  if (!may_change_code(c)) return c.wait();
  Module* module = find_module(c.arg(0));
  if (!module) return atom::undefined;
  if (module->old.load()) return badarg();
  // Until then others find the code: a process that was just spawned begins in it.
  if (!grace_has_passed(c)) return c.wait();
  delete_module(*module);
  return atom::true_;
}

// Calls the on_load function of a module that finish_loading left waiting for it.
BIF(erlang, call_on_load_function, 1) {
  if (!c.arg(0).is_atom()) return badarg();
  Module* module = find_module(c.arg(0));
  if (!module || !module->pending_on_load) return badarg();
  return c.trap(on_load_export(c.arg(0)));
}

// true: the module becomes current. false: its code stays where purge_module(Module, prepare_on_load) finds it.
BIF(erlang, finish_after_on_load, 2) {
  if (!c.arg(1).same(atom::true_) && !c.arg(1).same(atom::false_)) return badarg();
  if (!may_change_code(c)) return c.wait();
  Module* module = c.arg(0).is_atom() ? find_module(c.arg(0)) : nullptr;
  if (!module || !module->pending_on_load) return badarg();
  if (c.arg(1).same(atom::true_)) activate_on_load(*module);
  return atom::true_;
}

namespace {

bool is_built_in(const CodeInstance& caller) {
  for (size_t i = 0; i < native_count; i++)
    if (native_table[i].module.same(caller.module)) return true;
  return false;
}

}  // namespace

// A library of native functions for the module that calls. The modules whose natives are built in need none.
BIF(erlang, load_nif, 2) {
  CodeInstance* caller = find_code(c.process.pc);
  if (caller && is_built_in(*caller)) return atom::ok;
  std::string path;
  if (c.arg(0).is_atom() || !file_name_text(c.arg(0), &path)) return badarg();
  if (!may_change_code(c)) return c.wait();
  return nif::load_library(c.process, caller, path, c.arg(1));
}

}  // namespace joist
