// is_* as functions.
#include "bifs/bif.h"
#include "vm/code/fun.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/otp_terms.h"

namespace joist {

BIF(erlang, is_atom, 1) { return boolean(c.arg(0).is_atom()); }
BIF(erlang, is_boolean, 1) { return boolean(c.arg(0).same(atom::true_) || c.arg(0).same(atom::false_)); }
BIF(erlang, is_float, 1) { return boolean(is_float(c.arg(0))); }
BIF(erlang, is_integer, 1) { return boolean(is_integer(c.arg(0))); }
BIF(erlang, is_number, 1) { return boolean(is_number(c.arg(0))); }
BIF(erlang, is_list, 1) { return boolean(c.arg(0).is_list()); }
BIF(erlang, is_map, 1) { return boolean(is_map(c.arg(0))); }
BIF(erlang, is_pid, 1) { return boolean(is_pid(c.arg(0))); }
BIF(erlang, is_port, 1) { return boolean(is_port(c.arg(0))); }
BIF(erlang, is_reference, 1) { return boolean(is_ref(c.arg(0))); }
BIF(erlang, is_tuple, 1) { return boolean(c.arg(0).is<Tuple>()); }
BIF(erlang, is_bitstring, 1) { return boolean(is_bits(c.arg(0))); }
BIF(erlang, is_binary, 1) { return boolean(is_bits(c.arg(0)) && bits::size_bits(c.arg(0)) % 8 == 0); }
BIF(erlang, is_function, 1) { return boolean(is_fun(c.arg(0))); }

BIF(erlang, is_function, 2) {
  Term arity = c.arg(1);
  if (!is_integer(arity) || arith::sign(arity) < 0) return badarg();
  if (auto f = c.arg(0).as<Fun>()) return boolean(arity.is_small() && Word(arity.small_value()) == f->entry->arity);
  if (auto f = c.arg(0).as<ExportFun>()) return boolean(arity.is_small() && Word(arity.small_value()) == f->target->arity);
  return atom::false_;
}

BIF(erlang, is_record, 2) {
  if (!c.arg(1).is_atom()) return badarg();
  auto t = c.arg(0).as<Tuple>();
  return boolean(t && t->arity() > 0 && t->at(0).same(c.arg(1)));
}
BIF(erlang, is_record, 3) {
  Term size = c.arg(2);
  if (!c.arg(1).is_atom() || !size.is_small() || !is_small_in_otp(size.small_value())) return badarg();
  auto t = c.arg(0).as<Tuple>();
  return boolean(t && t->arity() > 0 && t->at(0).same(c.arg(1)) && SWord(t->arity()) == size.small_value());
}

}  // namespace joist
