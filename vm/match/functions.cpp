#include "vm/match/functions.h"

#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/compare.h"
#include "vm/term/map.h"
#include "vm/term/node.h"

namespace joist::match {
namespace {

Term value(arith::TermResult r) { return r ? *r : Term(); }

Term list_length(Term t) {
  SWord n = 0;
  for (; t.is_cons(); t = t.as_cons()->tail) n++;
  return t.is_nil() ? Term::small(n) : Term();
}
Term node_of(Term t) {
  if (t.is_local_pid() || t.is_local_port() || is_local_ref(t)) return local_node_name();
  if (auto e = t.as<External>()) return e->node->name;
  return {};
}
Term part(Heap& heap, Term bin, Term start, Term length) {
  if (!is_bits(bin) || !start.is_small() || !length.is_small()) return {};
  size_t bits = bits::size_bits(bin);
  if (bits % 8) return {};
  SWord size = SWord(bits / 8), at = start.small_value(), n = length.small_value();
  if (n < 0) {
    if (n < -size) return {};
    at += n;
    n = -n;
  }
  if (at < 0 || at > size || n > size - at) return {};
  return bits::slice(heap, bin, size_t(at) * 8, size_t(n) * 8);
}
Term size_of(Heap& heap, Term t) {
  if (auto tuple = t.as<Tuple>()) return Term::small(SWord(tuple->arity()));
  if (is_bits(t)) return Term::small(SWord(bits::size_bits(t) / 8));
  return {};
}
bool whole_bytes(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

}  // namespace

Term call(Heap& heap, Function function, const Term* args) {
  Term a = args[0], b = args[1];
  switch (function) {
    case Function::is_atom: return boolean(a.is_atom());
    case Function::is_float: return boolean(is_float(a));
    case Function::is_integer: return boolean(is_integer(a));
    case Function::is_list: return boolean(a.is_list());
    case Function::is_number: return boolean(is_number(a));
    case Function::is_pid: return boolean(is_pid(a));
    case Function::is_port: return boolean(is_port(a));
    case Function::is_reference: return boolean(is_ref(a));
    case Function::is_tuple: return boolean(a.is<Tuple>());
    case Function::is_map: return boolean(is_map(a));
    case Function::is_binary: return boolean(whole_bytes(a));
    case Function::is_function: return boolean(is_fun(a));
    case Function::is_record: {
      if (!b.is_atom() || !is_integer(args[2])) return {};
      auto t = a.as<Tuple>();
      return boolean(t && args[2].is_small() && SWord(t->arity()) == args[2].small_value() && t->arity() && t->at(0).same(b));
    }
    case Function::abs: return value(arith::absolute(heap, a));
    case Function::element: {
      auto t = b.as<Tuple>();
      if (!t || !a.is_small() || a.small_value() < 1 || a.small_value() > SWord(t->arity())) return {};
      return t->at(size_t(a.small_value() - 1));
    }
    case Function::hd: return a.is_cons() ? a.as_cons()->head : Term();
    case Function::tl: return a.is_cons() ? a.as_cons()->tail : Term();
    case Function::length: return list_length(a);
    case Function::node0: return local_node_name();
    case Function::node1: return node_of(a);
    case Function::round: return value(arith::to_integer(heap, a, arith::Rounding::Round));
    case Function::trunc: return value(arith::to_integer(heap, a, arith::Rounding::Truncate));
    case Function::float_: return value(arith::to_float(heap, a));
    case Function::size: return size_of(heap, a);
    case Function::map_size: return is_map(a) ? Term::small(SWord(map::size(a))) : Term();
    case Function::map_get: return is_map(b) ? map::get(b, a) : Term();
    case Function::is_map_key: return is_map(b) ? boolean(map::get(b, a).is_value()) : Term();
    case Function::bit_size: return is_bits(a) ? Term::small(SWord(bits::size_bits(a))) : Term();
    case Function::byte_size: return is_bits(a) ? Term::small(SWord((bits::size_bits(a) + 7) / 8)) : Term();
    case Function::binary_part2: {
      auto t = b.as<Tuple>();
      return t && t->arity() == 2 ? part(heap, a, t->at(0), t->at(1)) : Term();
    }
    case Function::binary_part3: return part(heap, a, b, args[2]);
    case Function::plus1: return is_number(a) ? a : Term();
    case Function::minus1: return value(arith::negate(heap, a));
    case Function::plus: return value(arith::add(heap, a, b));
    case Function::minus: return value(arith::subtract(heap, a, b));
    case Function::times: return value(arith::multiply(heap, a, b));
    case Function::divide: return value(arith::divide(heap, a, b));
    case Function::int_div: return value(arith::int_divide(heap, a, b));
    case Function::rem: return value(arith::remainder(heap, a, b));
    case Function::band: return value(arith::bit_and(heap, a, b));
    case Function::bor: return value(arith::bit_or(heap, a, b));
    case Function::bxor: return value(arith::bit_xor(heap, a, b));
    case Function::bnot: return value(arith::bit_not(heap, a));
    case Function::bsl: return value(arith::shift_left(heap, a, b));
    case Function::bsr: return value(arith::shift_right(heap, a, b));
    case Function::gt: return boolean(compare_terms(a, b) > 0);
    case Function::ge: return boolean(compare_terms(a, b) >= 0);
    case Function::lt: return boolean(compare_terms(a, b) < 0);
    case Function::le: return boolean(compare_terms(a, b) <= 0);
    case Function::eq: return boolean(terms_equal_loose(a, b));
    case Function::eq_exact: return boolean(terms_equal(a, b));
    case Function::ne: return boolean(!terms_equal_loose(a, b));
    case Function::ne_exact: return boolean(!terms_equal(a, b));
    case Function::not_: return a.same(atom::true_) ? atom::false_ : a.same(atom::false_) ? atom::true_ : Term();
    case Function::xor_: {
      bool boolean_a = a.same(atom::true_) || a.same(atom::false_), boolean_b = b.same(atom::true_) || b.same(atom::false_);
      return boolean_a && boolean_b ? boolean(!a.same(b)) : Term();
    }
  }
  return {};
}

}  // namespace joist::match
