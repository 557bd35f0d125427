// Funs: making, naming and looking at them.
#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/code/fun.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/print.h"

namespace joist {

BIF(erlang, make_fun, 3) {
  Term arity = c.arg(2);
  if (!c.arg(0).is_atom() || !c.arg(1).is_atom() || !arity.is_small() || arity.small_value() < 0) return badarg();
  if (arity.small_value() > 255) return badarg();
  return get_export(c.arg(0), c.arg(1), uint32_t(arity.small_value()))->fun();
}

BIF(erlang, fun_to_list, 1) {
  if (!is_fun(c.arg(0))) return badarg();
  return text_to_list(c.heap(), print_term(c.arg(0)));
}

namespace {

Term refc() {
  static const Term t = make_atom("refc");
  return t;
}

NativeResult pair(NativeCall& c, Term value) { return c.heap().reserve(Words(3)).tuple(c.arg(1), value); }

// Of the function that a call would reach.
Term name_of(const FunEntry& entry) { return entry.is_loaded() ? entry.function : nil; }

NativeResult local_fun_info(NativeCall& c, const Fun& f) {
  const FunEntry& entry = *f.entry;
  Term what = c.arg(1);
  if (what.same(atom::type)) return pair(c, atom::local);
  if (what.same(atom::module)) return pair(c, entry.module);
  if (what.same(atom::arity)) return pair(c, Term::small(entry.arity));
  if (what.same(atom::name)) return pair(c, name_of(entry));
  if (what.same(atom::pid)) return pair(c, f.creator);
  if (what.same(atom::index)) return pair(c, Term::small(entry.old_index));
  if (what.same(atom::uniq)) return pair(c, Term::small(entry.old_uniq));
  if (what.same(atom::new_index)) return pair(c, Term::small(entry.index));
  if (what.same(atom::new_uniq)) return pair(c, bits::from_bytes(c.heap(), entry.uniq, sizeof entry.uniq));
  if (what.same(atom::env)) {
    ListBuilder out(c.heap(), f.env_size());
    for (size_t i = 0; i < f.env_size(); i++) out.push(f.env[i]);
    return pair(c, out.finish());
  }
  // References are not counted: the loaded code's and this one.
  if (what.same(refc())) return pair(c, Term::small(entry.is_loaded() ? 2 : 1));
  return badarg();
}

NativeResult external_fun_info(NativeCall& c, const Export& e) {
  Term what = c.arg(1);
  if (what.same(atom::type)) return pair(c, atom::external);
  if (what.same(atom::module)) return pair(c, e.module);
  if (what.same(atom::name)) return pair(c, e.function);
  if (what.same(atom::arity)) return pair(c, Term::small(e.arity));
  if (what.same(atom::env)) return pair(c, nil);
  if (what.same(atom::pid) || what.same(atom::index) || what.same(atom::uniq) || what.same(atom::new_index) ||
      what.same(atom::new_uniq) || what.same(refc()))
    return pair(c, atom::undefined);
  return badarg();
}

}  // namespace

BIF(erlang, fun_info, 2) {
  if (auto f = c.arg(0).as<Fun>()) return local_fun_info(c, *f);
  if (auto f = c.arg(0).as<ExportFun>()) return external_fun_info(c, *f->target);
  return badarg();
}

BIF(erlang, fun_info_mfa, 1) {
  if (auto f = c.arg(0).as<ExportFun>())
    return c.heap().reserve(Words(4)).tuple(f->target->module, f->target->function, Term::small(f->target->arity));
  auto f = c.arg(0).as<Fun>();
  if (!f) return badarg();
  return c.heap().reserve(Words(4)).tuple(f->entry->module, name_of(*f->entry), Term::small(f->entry->arity));
}

}  // namespace joist
